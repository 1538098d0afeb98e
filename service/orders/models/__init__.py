"""Tables of orders, of the promise, and of standing orders."""

from .orders import ForgottenOrder, NextChange, Order, OrderLine, OrderTransition, Quote, Turn
from .promises import CapacityClaim, CapacitySlot, PromiseEntry, WalkIn
from .shortages import OrderAsk, Shortage
from .standing import StandingOrder, StandingOrderDay
from .tenders import OrderTender, Refund

__all__ = [
    "CapacityClaim",
    "CapacitySlot",
    "ForgottenOrder",
    "NextChange",
    "Order",
    "OrderAsk",
    "OrderLine",
    "OrderTender",
    "OrderTransition",
    "PromiseEntry",
    "Quote",
    "Refund",
    "Shortage",
    "StandingOrder",
    "StandingOrderDay",
    "Turn",
    "WalkIn",
]
