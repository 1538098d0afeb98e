"""Changes of what a customer says."""

from .passport import accept_passport, passport_lines
from .say import say, withdraw
from .take_back import forget, undo

__all__ = ["accept_passport", "forget", "passport_lines", "say", "undo", "withdraw"]
