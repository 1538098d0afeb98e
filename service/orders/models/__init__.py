"""Tables of orders, of the promise, and of standing orders."""

from .orders import ForgottenOrder, NextChange, Order, OrderAsk, OrderLine, OrderTransition, Quote, Refund, Shortage
from .promises import CapacityClaim, CapacitySlot, PromiseEntry, WalkIn
from .standing import StandingOrder, StandingOrderDay

__all__ = [
    "CapacityClaim",
    "CapacitySlot",
    "ForgottenOrder",
    "NextChange",
    "Order",
    "OrderAsk",
    "OrderLine",
    "OrderTransition",
    "PromiseEntry",
    "Quote",
    "Refund",
    "Shortage",
    "StandingOrder",
    "StandingOrderDay",
    "WalkIn",
]
