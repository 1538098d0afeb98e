"""Whether an order can be taken for a time. One judgement feeds the banner, the time picker and placement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from ..errors import PickupTooSoon, StoreClosed, StorePaused
from . import hours
from .hours import Opening
from .remedies import RemedyStep

Reason = Literal["closed", "paused", "lead_time", "past_cutoff"]
PICKUP_METHODS = ("counter", "curbside", "drive_through", "shelf", "room")
WALK_IN_PERCENT = 15
"""How much of every slot to come a store keeps free for walk-ins, unless it says otherwise (docs/promise.md)."""
STATION_KINDS = ("bar", "oven", "cold")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFacts:
    """All that other packages need of a store, as of its `version`.

    `hours` and `exceptions` are OSM opening_hours in local time; `pickup_methods[0]` is the store's default;
    `stations` maps a kind to its parallel makers; `tax_rates` maps a category to basis points and has `standard`.
    With `is_paused`, `paused_until` None means until further notice; a pause whose end has passed is over. So it is
    with `busy_minutes`, which are 0 where nothing holds.
    """

    id: UUID
    number: str
    name: str
    timezone: str
    currency: str
    country: str
    hours: str
    exceptions: Mapping[date, str]
    lead_minutes: int
    cutoff_minutes: int
    is_paused: bool
    paused_until: datetime | None
    pause_reason: str | None
    pickup_methods: tuple[str, ...]
    notice: str | None
    stations: Mapping[str, int]
    tax_inclusive: bool
    tax_rates: Mapping[str, int]
    version: int
    walk_in_percent: int = WALK_IN_PERCENT
    busy_minutes: int = 0
    busy_until: datetime | None = None
    busy_reason: str | None = None
    remedy_table: tuple[RemedyStep, ...] = ()

    def is_busy(self, now: datetime) -> bool:
        """Tell whether staff said that orders take longer."""
        return self.busy_minutes > 0 and (self.busy_until is None or now < self.busy_until)

    def lead(self, now: datetime) -> timedelta:
        """Return how far ahead a pickup must lie at least, for an order that is sent now."""
        return timedelta(minutes=self.lead_minutes + (self.busy_minutes if self.is_busy(now) else 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """Whether an order for pickup at `at` can be taken, and if not, for which reason.

    `is_open` is by the hours alone. Where open, `closes_at` is the end of that opening (None: no end within a
    year) and `opens_at` is None; where closed, both are those of the next opening (None: none within a year).
    """

    at: datetime
    takes_orders: bool
    reason: Reason | None
    is_open: bool
    opens_at: datetime | None
    closes_at: datetime | None


def availability(store: StoreFacts, *, at: datetime, now: datetime) -> Availability:
    """Tell whether an order sent at `now` for pickup at `at` can be taken, and why not."""
    horizon = at + timedelta(days=hours.HORIZON_DAYS)
    opening = next(_openings(store, since=at, until=horizon), None)
    reason = _reason(store, opening, at, now)
    is_open = opening is not None and opening.holds(at)
    return Availability(
        at=at,
        takes_orders=reason is None,
        reason=reason,
        is_open=is_open,
        opens_at=opening.opens_at if opening and not is_open else None,
        closes_at=opening.closes_at if opening else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """What the store's page says now: whether it takes an order to be made at once, and when that changes.

    `reason` tells why it takes none; `resumes_at` is the end of a pause, None where there is no pause or no end.
    """

    takes_orders: bool
    reason: Reason | None
    is_open: bool
    opens_at: datetime | None
    closes_at: datetime | None
    resumes_at: datetime | None


def banner(store: StoreFacts, *, now: datetime) -> Banner:
    """Return what the store's page says now."""
    doors = availability(store, at=now, now=now)
    soonest = availability(store, at=now + store.lead(now), now=now)
    return Banner(
        takes_orders=soonest.takes_orders,
        reason=soonest.reason,
        is_open=doors.is_open,
        opens_at=doors.opens_at,
        closes_at=doors.closes_at,
        resumes_at=store.paused_until if soonest.reason == "paused" else None,
    )


def pickup_times(store: StoreFacts, *, on: date | None, now: datetime, step_minutes: int = 5) -> list[datetime]:
    """Return the instants of a local date (today's by default) for which an order can be taken, by the hours.

    They lie on the wall clock's multiples of `step_minutes`. Whether the stations have room then is not known here.
    """
    zone = ZoneInfo(store.timezone)
    day = on or now.astimezone(zone).date()
    begins = hours.instant(datetime.combine(day, time()), zone)
    ends = hours.instant(datetime.combine(day + timedelta(days=1), time()), zone)
    found = []
    for opening in _openings(store, since=begins, until=ends):
        for at in _grid(max(opening.opens_at, begins, now), min(opening.closes_at or ends, ends), zone, step_minutes):
            if _reason(store, opening, at, now) is None:
                found.append(at)
    return found


def require_available(store: StoreFacts, *, at: datetime, now: datetime) -> Availability:
    """Return the availability for pickup at `at`. Raises StoreClosed, StorePaused, PickupTooSoon."""
    found = availability(store, at=at, now=now)
    if found.reason == "paused":
        raise StorePaused(store.id, reason=store.pause_reason, resumes_at=store.paused_until)
    if found.reason == "lead_time":
        raise PickupTooSoon(store.id, earliest_at=now + store.lead(now))
    if found.reason is not None:
        raise StoreClosed(store.id, reason=found.reason, opens_at=found.opens_at, closes_at=found.closes_at)
    return found


def _openings(store: StoreFacts, *, since: datetime, until: datetime) -> Iterator[Opening]:
    return hours.openings(
        store.hours,
        store.exceptions,
        timezone=store.timezone,
        country=store.country,
        since=since,
        until=until,
    )


def _reason(store: StoreFacts, opening: Opening | None, at: datetime, now: datetime) -> Reason | None:
    """The judgement: `opening` is the one that holds `at`, or the next one."""
    if store.is_paused and (store.paused_until is None or (now < store.paused_until and at < store.paused_until)):
        return "paused"
    if opening is None or not opening.holds(at):
        return "closed"
    if at < now + store.lead(now):
        return "lead_time"
    if opening.closes_at is not None and at > opening.closes_at - timedelta(minutes=store.cutoff_minutes):
        return "past_cutoff"
    return None


def _grid(begins: datetime, ends: datetime, zone: ZoneInfo, step_minutes: int) -> Iterator[datetime]:
    """Give the instants from `begins` up to `ends` on the local clock's multiples of the step."""
    at = begins.astimezone(UTC)
    if at.second or at.microsecond:
        at = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while at < ends:
        local = at.astimezone(zone)
        past = (local.hour * 60 + local.minute) % step_minutes
        if past == 0:
            yield at
        at += timedelta(minutes=step_minutes - past)
