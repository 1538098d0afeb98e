"""Changes of stores."""

from .facts import HoursChanged, OrderingPaused, OrderingResumed
from .opening import open_store
from .running import change_hours, pause_ordering, resume_ordering

__all__ = [
    "HoursChanged",
    "OrderingPaused",
    "OrderingResumed",
    "change_hours",
    "open_store",
    "pause_ordering",
    "resume_ordering",
]
