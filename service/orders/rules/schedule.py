"""When a standing order is placed next: its days, less those that its customer skips (docs/standing-orders.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ...stores.rules import StoreFacts
from .recurrence import HORIZON, Recurrence, instant_of

MOST_STANDING_ORDERS = 20
MOST_SKIPS = 100
AHEAD = timedelta(hours=1)
"""How long before the store's own lead time a standing order is placed: until it is made, it is its customer's to
change or cancel."""

IF_UNMAKEABLE = ("ask", "skip", "substitute")
"""What happens on a day when it can't be made as said."""
OUTCOMES = ("placed", "asked", "skipped", "failed")
"""What became of a day."""


@dataclass(frozen=True, slots=True)
class Coming:
    """One day of a standing order: when it is to be picked up, when it is placed, and whether its customer left it out
    (`skipped`, `paused`)."""

    on: date
    pickup_at: datetime
    place_at: datetime
    left_out: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What a standing order says of its days."""

    recurrence: Recurrence
    starts_on: date
    at: str
    skips: frozenset[date]
    paused_from: date | None
    paused_until: date | None
    done_on: date | None

    def coming(self, store: StoreFacts, *, now: datetime) -> Iterator[Coming]:
        """Give the days to come within the horizon, also those left out, in order; lazily."""
        today = now.astimezone(ZoneInfo(store.timezone)).date()
        yesterday = today - timedelta(days=1)
        after = max(self.done_on, yesterday) if self.done_on is not None else yesterday
        for day in self.recurrence.days(self.starts_on, after=after, until=today + HORIZON):
            pickup_at = instant_of(day, self.at, store.timezone)
            if pickup_at is not None and pickup_at > now:
                yield Coming(day, pickup_at, place_at(pickup_at, store, now), self._left_out(day))

    def next(self, store: StoreFacts, *, now: datetime) -> Coming | None:
        """Return the next day on which it is placed, None where there is none."""
        return next((each for each in self.coming(store, now=now) if each.left_out is None), None)

    def _left_out(self, day: date) -> str | None:
        if day in self.skips:
            return "skipped"
        if self.paused_from is not None and self.paused_from <= day <= (self.paused_until or day):
            return "paused"
        return None


def place_at(pickup_at: datetime, store: StoreFacts, now: datetime) -> datetime:
    """Return when a standing order for the instant is placed."""
    return pickup_at - AHEAD - store.lead(now)
