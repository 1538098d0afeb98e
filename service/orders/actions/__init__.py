"""Changes of orders: quote, place, change, cancel, move through the states, refund; and what follows from what the
customer chose when a line can't be made or nobody comes."""

from .aftermath import due_expiries, due_no_shows, expire_order, remake_order, settle_no_show
from .ask import answer_ask, due_asks, settle_ask
from .cancel import cancel_order
from .change import change_order
from .move import fire_due_orders, move_order
from .place import place_order
from .quote import forget_old_quotes, make_quote
from .refund import refund_order
from .shortfall import forget_shortage, note_shortage, obey_shortage, orders_short_of_something, reject_lines

__all__ = [
    "answer_ask",
    "cancel_order",
    "change_order",
    "due_asks",
    "due_expiries",
    "due_no_shows",
    "expire_order",
    "fire_due_orders",
    "forget_old_quotes",
    "forget_shortage",
    "make_quote",
    "move_order",
    "note_shortage",
    "obey_shortage",
    "orders_short_of_something",
    "place_order",
    "refund_order",
    "reject_lines",
    "remake_order",
    "settle_ask",
    "settle_no_show",
]
