"""Changes of orders: quote, place, change, cancel, move through the states, refund."""

from .arrive import arrive, end_wait, waited_too_long
from .cancel import cancel_order
from .capacity import forget_old_slots
from .change import change_order
from .move import fire_due_orders, move_order
from .place import place_order
from .quote import forget_old_quotes, make_quote
from .refund import refund_order
from .revise import accept_revision, hopeless, propose_revision
from .walk_in import end_walk_in, register_walk_in

__all__ = [
    "accept_revision",
    "arrive",
    "cancel_order",
    "change_order",
    "end_wait",
    "end_walk_in",
    "fire_due_orders",
    "forget_old_quotes",
    "forget_old_slots",
    "hopeless",
    "make_quote",
    "move_order",
    "place_order",
    "propose_revision",
    "refund_order",
    "register_walk_in",
    "waited_too_long",
]
