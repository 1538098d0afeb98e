"""Changes of orders: quote, place, change, cancel, move through the states, refund."""

from .cancel import cancel_order
from .capacity import forget_old_slots
from .change import change_order
from .move import fire_due_orders, move_order
from .place import place_order
from .quote import forget_old_quotes, make_quote
from .refund import refund_order

__all__ = [
    "cancel_order",
    "change_order",
    "fire_due_orders",
    "forget_old_quotes",
    "forget_old_slots",
    "make_quote",
    "move_order",
    "place_order",
    "refund_order",
]
