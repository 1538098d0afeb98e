"""What is promised to whom arrives: by the engine's own rules, by a fixed estimate, by the length of the queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from service.orders.rules import promise
from service.orders.rules.promise import Claim, Stations, Work

from .day import MAKERS, Arrival


@dataclass(frozen=True, slots=True)
class Shown:
    """The window that was promised, and for each station when its part is told to the makers, and its place."""

    starts_at: datetime
    ends_at: datetime
    told: dict[str, datetime]
    place: dict[str, datetime]


class Estimate(Protocol):
    """Promises windows; is told what was made."""

    def promise(self, arrival: Arrival, now: datetime) -> Shown | None:
        """Return what is shown to the arrival, None where nothing can be promised."""

    def accept(self, arrival: Arrival) -> None:
        """Take the arrival's order as just promised."""

    def made(self, arrival: Arrival) -> None:
        """Know that the arrival's order is ready."""


def work_of(arrival: Arrival) -> Work:
    """Return the work of an order."""
    seconds: dict[str, int] = {}
    longest: dict[str, int] = {}
    for station, each in arrival.pieces:
        seconds[station] = seconds.get(station, 0) + each
        longest[station] = max(longest.get(station, 0), each)
    return Work(seconds, longest)


class Engine:
    """The product's rules: `service.orders.rules.promise`."""

    def __init__(self, walk_in_percent: int) -> None:
        self._stations = Stations(MAKERS, walk_in_percent)
        self._claimed: dict[tuple[str, datetime], int] = {}
        self._claims: dict[Arrival, tuple[Claim, ...]] = {}
        self._offered: tuple[Claim, ...] = ()

    def promise(self, arrival: Arrival, now: datetime) -> Shown | None:
        """The earliest window whose claims fit; a walk-in takes the next free seconds."""
        work = work_of(arrival)
        if arrival.is_walk_in:
            return self._walk_in(work, now)
        earliest_at = now + timedelta(seconds=work.longest_seconds())
        from_ = max(arrival.wanted_at or now, earliest_at)
        kept = promise.earliest_promise(
            work=work,
            stations=self._stations,
            claimed=self._claimed,
            takes_orders_at=lambda _: True,
            from_=from_,
            until=from_ + promise.HORIZON,
            now=now,
        )
        if kept is None:
            return None
        self._offered = kept.claims
        starts = dict(kept.station_starts)
        return Shown(kept.window_starts_at, kept.window_ends_at, starts, starts)

    def _walk_in(self, work: Work, now: datetime) -> Shown:
        self._offered = promise.next_free(work, stations=self._stations, claimed=self._claimed, now=now)
        place = promise.station_starts(self._offered, self._with(self._offered), work=work, makers=MAKERS, now=now)
        return Shown(now, now, dict.fromkeys(place, now), place)

    def _with(self, claims: tuple[Claim, ...]) -> dict[tuple[str, datetime], int]:
        return {(c.station, c.slot_at): self._claimed.get((c.station, c.slot_at), 0) + c.seconds for c in claims}

    def accept(self, arrival: Arrival) -> None:
        """Claim what was promised last."""
        self._claims[arrival] = self._offered
        self._claimed.update(self._with(self._offered))

    def made(self, arrival: Arrival) -> None:
        """Give back the claims."""
        for claim in self._claims.pop(arrival):
            self._claimed[claim.station, claim.slot_at] -= claim.seconds


@dataclass
class Told:
    """An estimate without capacity: the makers are told at once, or `ahead` of a chosen time."""

    wait: Callable[[int, Arrival], tuple[timedelta, timedelta]]
    ahead: timedelta = timedelta(minutes=6)
    _open: set[Arrival] = field(default_factory=set)

    def promise(self, arrival: Arrival, now: datetime) -> Shown | None:
        """Now and the estimate, or the chosen time."""
        soonest, latest = self.wait(len(self._open), arrival)
        told_at, starts_at = now, now + soonest
        if arrival.wanted_at is not None and arrival.wanted_at > starts_at:
            starts_at, told_at = arrival.wanted_at, max(now, arrival.wanted_at - self.ahead)
        stations = dict.fromkeys((station for station, _ in arrival.pieces), told_at)
        return Shown(starts_at, starts_at + (latest - soonest), stations, stations)

    def accept(self, arrival: Arrival) -> None:
        """Count it."""
        self._open.add(arrival)

    def made(self, arrival: Arrival) -> None:
        """Count it no more."""
        self._open.discard(arrival)


def always_5_to_8_minutes() -> Estimate:
    """What many apps show, whatever is going on."""
    return Told(lambda _open, _arrival: (timedelta(minutes=5), timedelta(minutes=8)))


def by_queue_length() -> Estimate:
    """A minute for each order that is open and two for this one: 60 s is what one takes on average here."""

    def wait(open_orders: int, _: Arrival) -> tuple[timedelta, timedelta]:
        soonest = timedelta(seconds=60 * open_orders / MAKERS["bar"] + 120)
        return soonest, soonest + promise.WINDOW

    return Told(wait)
