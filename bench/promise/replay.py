"""One day in simulated time: makers take what they are told, in its order, each at their own varying speed."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from .day import MAKERS, OPENS_AT, Arrival
from .estimates import Estimate, Shown

NOISE = 0.25
HALF_HOUR = 1800
PATIENCE = timedelta(minutes=45)
"""Who is told to wait longer than this goes elsewhere; to someone who chose a time, beyond that time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was promised to someone and when it was ready; None and None where they were turned away."""

    arrival: Arrival
    shown: Shown | None
    ready_at: datetime | None


@dataclass
class _Maker:
    """A person at a station. For half an hour at a time they are up to 25 % faster or slower than the menu says: such
    noise does not even out over a slot, as noise of every piece would."""

    station: str
    draw: random.Random
    speeds: dict[int, float] = field(default_factory=dict)
    is_free: bool = True

    def takes(self, seconds: int, now: datetime) -> timedelta:
        """Return how long this maker takes for the piece."""
        half_hour = int((now - OPENS_AT).total_seconds()) // HALF_HOUR
        own = self.speeds.setdefault(half_hour, self.draw.uniform(1 - NOISE, 1 + NOISE))
        return timedelta(seconds=seconds * own)


class Replay:
    """A day of arrivals under one estimate."""

    def __init__(self, estimate: Estimate, seed: int) -> None:
        self._estimate = estimate
        self._makers = [
            _Maker(station, random.Random(f"{station} {number} {seed}"))
            for station, makers in MAKERS.items()
            for number in range(makers)
        ]
        self._events: list[tuple[datetime, int, Callable[..., None], tuple[Any, ...]]] = []
        self._order = count()
        self._waiting: dict[str, list[tuple[datetime, int, Arrival, int]]] = {station: [] for station in MAKERS}
        self._left: dict[Arrival, int] = {}
        self._shown: dict[Arrival, Shown] = {}
        self.outcomes: list[Outcome] = []

    def run(self, arrivals: list[Arrival]) -> list[Outcome]:
        """Let the day happen; return what became of everyone."""
        for arrival in arrivals:
            self._at(arrival.at, self._arrive, arrival)
        while self._events:
            now, _, happens, given = heapq.heappop(self._events)
            happens(now, *given)
        return self.outcomes

    def _at(self, at: datetime, happens: Callable[..., None], *given: Any) -> None:
        heapq.heappush(self._events, (at, next(self._order), happens, given))

    def _arrive(self, now: datetime, arrival: Arrival) -> None:
        shown = self._estimate.promise(arrival, now)
        if shown is None or shown.starts_at > (arrival.wanted_at or now) + PATIENCE:
            self.outcomes.append(Outcome(arrival, None, None))
            return
        self._estimate.accept(arrival)
        self._shown[arrival] = shown
        self._left[arrival] = len(arrival.pieces)
        for station, seconds in arrival.pieces:
            place = (shown.place[station], next(self._order), arrival, seconds)
            self._at(max(now, shown.told[station]), self._tell, station, place)

    def _tell(self, now: datetime, station: str, piece: tuple[datetime, int, Arrival, int]) -> None:
        heapq.heappush(self._waiting[station], piece)
        self._give_out(now, station)

    def _give_out(self, now: datetime, station: str) -> None:
        for maker in self._makers:
            if maker.station == station and maker.is_free and self._waiting[station]:
                *_, arrival, seconds = heapq.heappop(self._waiting[station])
                maker.is_free = False
                self._at(now + maker.takes(seconds, now), self._done, maker, arrival)

    def _done(self, now: datetime, maker: _Maker, arrival: Arrival) -> None:
        maker.is_free = True
        self._left[arrival] -= 1
        if self._left[arrival] == 0:
            self._estimate.made(arrival)
            self.outcomes.append(Outcome(arrival, self._shown[arrival], now))
        self._give_out(now, maker.station)
