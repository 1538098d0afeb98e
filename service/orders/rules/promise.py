"""The promise: which window an order can be ready for, and which seconds of work it claims for that.

Time is cut into slots of 300 s. A station with n makers has n × 300 seconds of work in a slot. An order's work at a
station is claimed in the slots that end before its window starts, the latest first, so that nothing is made early.
All instants are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SLOT_SECONDS = 300
SLOT = timedelta(seconds=SLOT_SECONDS)
WINDOW = SLOT

Slots = Mapping[tuple[str, datetime], int]


@dataclass(frozen=True, slots=True)
class Claim:
    """Seconds of work at a station in a slot, and what the slot can hold in all."""

    station: str
    slot_at: datetime
    seconds: int
    capacity_seconds: int


@dataclass(frozen=True, slots=True)
class Promise:
    """A window with the claims that keep it, and the instant at which the store must start."""

    window_starts_at: datetime
    window_ends_at: datetime
    fire_at: datetime
    claims: tuple[Claim, ...]


def slot_of(instant: datetime) -> datetime:
    """Return the start of the slot that the instant lies in."""
    seconds = int(instant.timestamp())
    return datetime.fromtimestamp(seconds - seconds % SLOT_SECONDS, UTC)


def next_slot(instant: datetime) -> datetime:
    """Return the first slot boundary at or after the instant."""
    start = slot_of(instant)
    return start if start == instant else start + SLOT


def promise_for(
    window_starts_at: datetime,
    *,
    work: Mapping[str, int],
    makers: Mapping[str, int],
    claimed: Slots,
    now: datetime,
) -> Promise | None:
    """Return the promise of this window, None where the work doesn't fit before it.

    `work` and `makers` by station, `claimed` seconds by (station, slot). Of the slot that `now` lies in only the
    rest counts. Every station in `work` must have makers.
    """
    claims: list[Claim] = []
    for station in sorted(work):
        taken = _claims_before(window_starts_at, station, work[station], makers[station], claimed, now)
        if taken is None:
            return None
        claims.extend(taken)
    return Promise(window_starts_at, window_starts_at + WINDOW, _fire_at(window_starts_at, claims, now), tuple(claims))


def _claims_before(
    end: datetime, station: str, seconds: int, makers: int, claimed: Slots, now: datetime
) -> list[Claim] | None:
    capacity = makers * SLOT_SECONDS
    claims = []
    slot_at = end - SLOT
    while seconds > 0:
        if slot_at + SLOT <= now:
            return None
        workable = min(capacity, int(makers * (slot_at + SLOT - max(now, slot_at)).total_seconds()))
        free = min(capacity - claimed.get((station, slot_at), 0), workable)
        if free > 0:
            taken = min(free, seconds)
            claims.append(Claim(station, slot_at, taken, capacity))
            seconds -= taken
        slot_at -= SLOT
    return claims[::-1]


def _fire_at(window_starts_at: datetime, claims: list[Claim], now: datetime) -> datetime:
    """Start as late as the claims allow: a station starts when its first slot has just the claimed seconds left."""
    starts = [claim.slot_at + max(timedelta(0), SLOT - timedelta(seconds=claim.seconds)) for claim in claims]
    return max(now, min(starts, default=window_starts_at))


def earliest_promise(
    *,
    work: Mapping[str, int],
    makers: Mapping[str, int],
    claimed: Slots,
    takes_orders_at: Callable[[datetime], bool],
    from_: datetime,
    until: datetime,
    now: datetime,
) -> Promise | None:
    """Return the first promise that can be kept from `from_` on, None where none can before `until`."""
    for start in windows(from_, until):
        promise = promise_for(start, work=work, makers=makers, claimed=claimed, now=now)
        if promise is not None and takes_orders_at(start):
            return promise
    return None


def windows(from_: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the starts of the windows from `from_` on, before `until`."""
    start = next_slot(from_)
    while start < until:
        yield start
        start += SLOT
