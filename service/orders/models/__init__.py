"""Tables of orders, and of the promise."""

from .orders import NextChange, Order, OrderAsk, OrderLine, OrderTransition, Quote, Refund, Shortage
from .promises import CapacityClaim, CapacitySlot, PromiseEntry, WalkIn

__all__ = [
    "CapacityClaim",
    "CapacitySlot",
    "NextChange",
    "Order",
    "OrderAsk",
    "OrderLine",
    "OrderTransition",
    "PromiseEntry",
    "Quote",
    "Refund",
    "Shortage",
    "WalkIn",
]
