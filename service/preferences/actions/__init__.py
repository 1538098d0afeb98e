"""Changes of what a customer says, and of their usuals."""

from .say import say, withdraw
from .take_back import forget, undo
from .usuals import change_usual, forget_usual, save_usual

__all__ = ["change_usual", "forget", "forget_usual", "save_usual", "say", "undo", "withdraw"]
