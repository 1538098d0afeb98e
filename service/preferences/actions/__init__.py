"""Changes of what a customer says."""

from .say import say, withdraw
from .take_back import forget, undo

__all__ = ["forget", "say", "undo", "withdraw"]
