"""Pure rules of stores: opening hours as instants, and whether an order can be taken for a time."""

from .availability import (
    PICKUP_METHODS,
    STATION_KINDS,
    WALK_IN_PERCENT,
    Availability,
    Banner,
    StoreFacts,
    availability,
    banner,
    pickup_times,
    require_available,
)
from .hours import InvalidHours, Opening, check_exception, check_hours, openings
from .remedies import RemedyStep

__all__ = [
    "PICKUP_METHODS",
    "STATION_KINDS",
    "WALK_IN_PERCENT",
    "Availability",
    "Banner",
    "InvalidHours",
    "Opening",
    "RemedyStep",
    "StoreFacts",
    "availability",
    "banner",
    "check_exception",
    "check_hours",
    "openings",
    "pickup_times",
    "require_available",
]
