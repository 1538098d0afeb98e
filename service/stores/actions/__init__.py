"""Changes of stores."""

from .facts import HoursChanged, OrderingPaused, OrderingResumed
from .importing import Supplied, load_stores
from .opening import open_store
from .running import change_hours, pause_ordering, resume_ordering

__all__ = [
    "HoursChanged",
    "OrderingPaused",
    "OrderingResumed",
    "Supplied",
    "change_hours",
    "load_stores",
    "open_store",
    "pause_ordering",
    "resume_ordering",
]
