"""Standing orders: said, changed and ended by their customers; placed by the worker, once a day each."""

from .days import due_standing_orders, place_standing_order, put_off_standing_order
from .saying import (
    change_standing_order,
    end_standing_order,
    follow_usual,
    skip_day,
    start_standing_order,
    unskip_day,
)

__all__ = [
    "change_standing_order",
    "due_standing_orders",
    "end_standing_order",
    "follow_usual",
    "place_standing_order",
    "put_off_standing_order",
    "skip_day",
    "start_standing_order",
    "unskip_day",
]
