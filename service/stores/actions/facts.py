"""What can happen to a store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from ...events import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderingPaused(Fact):
    """Staff paused taking orders, until a time or until further notice."""

    subject: ClassVar[str] = "store"
    until: datetime | None
    reason: str | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderingResumed(Fact):
    """Staff ended the pause."""

    subject: ClassVar[str] = "store"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyReported(Fact):
    """Staff said that orders take longer for now."""

    subject: ClassVar[str] = "store"
    extra_minutes: int
    until: datetime | None
    reason: str | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyEnded(Fact):
    """Staff said that orders take as long as usual again."""

    subject: ClassVar[str] = "store"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursChanged(Fact):
    """A manager changed the hours, their dated exceptions or the notice."""

    subject: ClassVar[str] = "store"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyTableChanged(Fact):
    """The operator changed what a missed promise gives in money."""

    subject: ClassVar[str] = "store"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkInShareChanged(Fact):
    """A manager changed how much of every slot to come is kept for walk-ins."""

    subject: ClassVar[str] = "store"
    percent: int
    version: int
