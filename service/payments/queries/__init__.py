"""Reads of payments."""

from .methods import default_method, known_at, methods_to_detach, shown_method, shown_methods
from .payments import KeptPayment, brought, due_payments, payments_with, shown_payment, undecided

__all__ = [
    "KeptPayment",
    "brought",
    "default_method",
    "due_payments",
    "known_at",
    "methods_to_detach",
    "payments_with",
    "shown_method",
    "shown_methods",
    "shown_payment",
    "undecided",
]
