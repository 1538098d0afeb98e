"""Changes of stores."""

from .facts import (
    BusyEnded,
    BusyReported,
    HoursChanged,
    OrderingPaused,
    OrderingResumed,
    RemedyTableChanged,
    WalkInShareChanged,
)
from .importing import Supplied, load_stores
from .opening import open_store
from .running import (
    change_hours,
    change_remedy_table,
    change_walk_in_share,
    end_busy,
    pause_ordering,
    report_busy,
    resume_ordering,
)

__all__ = [
    "BusyEnded",
    "BusyReported",
    "HoursChanged",
    "OrderingPaused",
    "OrderingResumed",
    "RemedyTableChanged",
    "Supplied",
    "WalkInShareChanged",
    "change_hours",
    "change_remedy_table",
    "change_walk_in_share",
    "end_busy",
    "load_stores",
    "open_store",
    "pause_ordering",
    "report_busy",
    "resume_ordering",
]
