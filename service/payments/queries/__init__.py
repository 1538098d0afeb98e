"""Reads of payments."""

from .methods import default_method, known_at, methods_to_detach, shown_method, shown_methods
from .payments import KeptPayment, are_settled, brought, due_payments, payments_with, shown_payment, undecided
from .reversals import lost_in_disputes, reversals

__all__ = [
    "KeptPayment",
    "are_settled",
    "brought",
    "default_method",
    "due_payments",
    "known_at",
    "lost_in_disputes",
    "methods_to_detach",
    "payments_with",
    "reversals",
    "shown_method",
    "shown_methods",
    "shown_payment",
    "undecided",
]
