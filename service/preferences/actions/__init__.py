"""Changes of what a customer says, and of their usuals."""

from .passport import accept_passport, passport_lines
from .say import say, withdraw
from .take_back import forget, undo
from .usuals import change_usual, forget_usual, save_usual

__all__ = [
    "accept_passport",
    "change_usual",
    "forget",
    "forget_usual",
    "passport_lines",
    "save_usual",
    "say",
    "undo",
    "withdraw",
]
