"""Changes of orders: quote, place, change, cancel, move through the states, refund; the promise kept, revised or
missed; and what follows from what the customer chose when a line can't be made or nobody comes."""

from .aftermath import due_expiries, due_no_shows, expire_order, remake_order, settle_no_show
from .again import quote_order_again, quote_usual
from .arrive import arrive, arrive_to_pick_up, end_wait, waited_too_long
from .ask import answer_ask, due_asks, settle_ask
from .cancel import cancel_order
from .capacity import forget_old_slots
from .change import change_order
from .charging import (
    follow_authorisation,
    follow_capture,
    follow_failed_refund,
    follow_failure,
    follow_refund,
    lock_paid_order,
    note_returned_refund,
)
from .forget import due_to_forget, due_walk_ins_to_forget, forget_order, forget_tombstones, forget_walk_in
from .keeping import forget_old_quotes
from .making import advance_order, lock_order_to_make, note_progress
from .move import fire_due_orders, move_order
from .place import place_order
from .quote import make_quote
from .refund import refund_order
from .revise import accept_revision, hopeless, propose_revision
from .settle_change import answer_change, due_changes, settle_change
from .shortfall import forget_shortage, note_shortage, obey_shortage, orders_short_of_something, reject_lines
from .standing import (
    change_standing_order,
    due_standing_orders,
    end_standing_order,
    follow_usual,
    place_standing_order,
    put_off_standing_order,
    skip_day,
    start_standing_order,
    unskip_day,
)
from .walk_in import cancel_walk_in, due_walk_ins, end_walk_in, lock_walk_in, move_walk_in, register_walk_in

__all__ = [
    "accept_revision",
    "advance_order",
    "answer_ask",
    "answer_change",
    "arrive",
    "arrive_to_pick_up",
    "cancel_order",
    "cancel_walk_in",
    "change_order",
    "change_standing_order",
    "due_asks",
    "due_changes",
    "due_expiries",
    "due_no_shows",
    "due_standing_orders",
    "due_to_forget",
    "due_walk_ins",
    "due_walk_ins_to_forget",
    "end_standing_order",
    "end_wait",
    "end_walk_in",
    "expire_order",
    "fire_due_orders",
    "follow_authorisation",
    "follow_capture",
    "follow_failed_refund",
    "follow_failure",
    "follow_refund",
    "follow_usual",
    "forget_old_quotes",
    "forget_old_slots",
    "forget_order",
    "forget_shortage",
    "forget_tombstones",
    "forget_walk_in",
    "hopeless",
    "lock_order_to_make",
    "lock_paid_order",
    "lock_walk_in",
    "make_quote",
    "move_order",
    "move_walk_in",
    "note_progress",
    "note_returned_refund",
    "note_shortage",
    "obey_shortage",
    "orders_short_of_something",
    "place_order",
    "place_standing_order",
    "propose_revision",
    "put_off_standing_order",
    "quote_order_again",
    "quote_usual",
    "refund_order",
    "register_walk_in",
    "reject_lines",
    "remake_order",
    "settle_ask",
    "settle_change",
    "settle_no_show",
    "skip_day",
    "start_standing_order",
    "unskip_day",
    "waited_too_long",
]
