"""Pure rules of stores: opening hours as instants, and whether an order can be taken for a time."""

from .availability import Availability, StoreFacts, availability, pickup_times, require_available
from .hours import InvalidHours, check_exception, check_hours

__all__ = [
    "Availability",
    "InvalidHours",
    "StoreFacts",
    "availability",
    "check_exception",
    "check_hours",
    "pickup_times",
    "require_available",
]
