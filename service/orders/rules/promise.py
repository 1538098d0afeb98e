"""The promise: which window an order can be ready for, and which seconds of work it claims for that.

Time is cut into slots of 300 s. A station with n makers has n × 300 seconds of work in a slot. An order's work at a
station is claimed in the slots that end before its window starts, the latest first, and only in the few that it can
reach, so that nothing is made early. The algorithm, its guarantees and its rounding stand in docs/promise.md. All
instants are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SLOT_SECONDS = 300
SLOT = timedelta(seconds=SLOT_SECONDS)
WINDOW = SLOT
# The second half of a slot's work is done in the first half of the window: so the work of a full slot is ready from
# 150 s before the window's start to 150 s after it, and a slow maker has another 150 s.
AIM_SECONDS = SLOT_SECONDS // 2
HORIZON = timedelta(hours=4)
"""How far ahead an order for "as soon as possible" may be promised."""
SPARE_SLOTS = 1
"""How many slots more than its work needs an order may reach back over."""
AHEAD_SLOTS = 12
"""How far back the work ahead of an order is counted: an hour."""

Slots = Mapping[tuple[str, datetime], int]


@dataclass(frozen=True, slots=True)
class Claim:
    """Seconds of work at a station in a slot, and how many may be claimed there in all."""

    station: str
    slot_at: datetime
    seconds: int
    capacity_seconds: int


@dataclass(frozen=True, slots=True)
class Promise:
    """A window with the claims that keep it, and the instants at which the store and each station must start."""

    window_starts_at: datetime
    window_ends_at: datetime
    fire_at: datetime
    station_starts: Mapping[str, datetime]
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Stations:
    """A store's makers by station, and the share of each slot to come that is kept free for walk-ins."""

    makers: Mapping[str, int]
    walk_in_percent: int = 0

    def most(self, station: str, slot_at: datetime, now: datetime) -> int:
        """Return how many seconds of a slot orders may claim: of one that has begun, the walk-ins' share too."""
        seconds = self.makers[station] * SLOT_SECONDS
        return seconds if slot_at <= now else seconds * (100 - self.walk_in_percent) // 100


@dataclass(frozen=True, slots=True)
class Work:
    """Seconds of work by station, and the longest single piece of it there, which one maker does."""

    seconds: Mapping[str, int]
    longest: Mapping[str, int]

    def longest_seconds(self) -> int:
        """Return how long the longest piece of all takes."""
        return max(self.longest.values(), default=0)

    def reach(self, stations: Stations) -> int:
        """Return how many slots before its window the work may be claimed in."""
        needed = (
            -(-seconds // max(1, stations.makers[station] * SLOT_SECONDS * (100 - stations.walk_in_percent) // 100))
            for station, seconds in self.seconds.items()
        )
        return max(needed, default=0) + SPARE_SLOTS


def slot_of(instant: datetime) -> datetime:
    """Return the start of the slot that the instant lies in."""
    seconds = int(instant.timestamp())
    return datetime.fromtimestamp(seconds - seconds % SLOT_SECONDS, UTC)


def next_slot(instant: datetime) -> datetime:
    """Return the first slot boundary at or after the instant."""
    start = slot_of(instant)
    return start if start == instant else start + SLOT


def moved_by(window_starts_at: datetime, waited: timedelta) -> datetime:
    """Return where a window starts of which the work could only begin so much later: whole slots, to the nearest."""
    return window_starts_at + max(0, int(waited / SLOT + 0.5)) * SLOT


def promise_for(
    window_starts_at: datetime, *, work: Work, stations: Stations, claimed: Slots, now: datetime
) -> Promise | None:
    """Return the promise of this window, None where the work doesn't fit before it.

    `claimed` seconds by (station, slot). Of the slot that `now` lies in only the rest counts. Every station in the
    work must have makers.
    """
    claims: list[Claim] = []
    reach = work.reach(stations)
    for station in sorted(work.seconds):
        taken = _claims_before(window_starts_at, station, work.seconds[station], reach, stations, claimed, now)
        if taken is None:
            return None
        claims.extend(taken)
    taken_by_all = {
        (each.station, each.slot_at): claimed.get((each.station, each.slot_at), 0) + each.seconds for each in claims
    }
    starts = station_starts(claims, taken_by_all, work=work, makers=stations.makers, now=now)
    fire_at = min(starts.values(), default=max(now, window_starts_at))
    return Promise(window_starts_at, window_starts_at + WINDOW, fire_at, starts, tuple(claims))


def reached(
    window_starts_at: datetime, *, work: Work, stations: Stations, now: datetime, until: datetime | None = None
) -> list[Claim]:
    """Return every slot in which the work could be claimed for this window, or for any from it on and before `until`,
    as claims of nothing: to lock them."""
    last = window_starts_at if until is None else max(window_starts_at, until - SLOT)
    return [
        Claim(station, slot_at, 0, stations.most(station, slot_at, now))
        for station in work.seconds
        for slot_at in windows(window_starts_at - work.reach(stations) * SLOT, last)
        if slot_at + SLOT > now
    ]


def _claims_before(
    end: datetime, station: str, seconds: int, reach: int, stations: Stations, claimed: Slots, now: datetime
) -> list[Claim] | None:
    claims: list[Claim] = []
    slot_at = end - SLOT
    for _ in range(reach):
        if seconds == 0:
            break
        if slot_at + SLOT <= now:
            return None
        most = stations.most(station, slot_at, now)
        free = _free_seconds(slot_at, most, stations.makers[station], claimed.get((station, slot_at), 0), now)
        if free > 0:
            taken = min(free, seconds)
            claims.append(Claim(station, slot_at, taken, most))
            seconds -= taken
        slot_at -= SLOT
    return claims[::-1] if seconds == 0 else None


def _free_seconds(slot_at: datetime, most: int, makers: int, claimed: int, now: datetime) -> int:
    """Return what can still be claimed in a slot.

    Of a running one: what its makers can do until its end, and until the middle of the window after it what they can
    do beside all that is claimed, of which nothing may be done yet.
    """
    left = (slot_at + SLOT - max(now, slot_at)).total_seconds()
    return min(most - claimed, int(makers * left), int(makers * (left + AIM_SECONDS)) - claimed)


def station_starts(
    claims: Sequence[Claim], claimed: Slots, *, work: Work, makers: Mapping[str, int], now: datetime
) -> dict[str, datetime]:
    """Return when each station must start, by station; never before now.

    `claimed` are all seconds of the claims' slots, these claims included: what is claimed in a slot first is done
    last before the window's start, what comes after is done before it; half a slot's work is done after the start.
    """
    starts: dict[str, datetime] = {}
    for each in claims:
        parallel, longest = makers[each.station], work.longest.get(each.station, 0)
        earlier = (claimed[each.station, each.slot_at] - each.seconds) // parallel
        before_end = earlier if earlier <= AIM_SECONDS else earlier - SLOT_SECONDS
        # Graham's bound for one part of n makers: its share, and the longest piece where the others are done before.
        takes = -(-(each.seconds + (parallel - 1) * longest) // parallel)
        start = max(now, each.slot_at + SLOT - timedelta(seconds=before_end + takes))
        starts[each.station] = min(starts.get(each.station, start), start)
    return starts


def work_ahead(claims: Sequence[Claim], claimed: Slots, *, makers: Mapping[str, int], now: datetime) -> int:
    """Return the seconds until the makers get to the claims, at the slowest of their stations.

    That is what others hold there from now on, an hour back at most, up to the slot of the last claim, divided by the
    station's makers and rounded up.
    """
    last = {each.station: each.slot_at for each in claims}
    ahead = 0
    for station, slot_at in last.items():
        first = max(slot_of(now), slot_at - (AHEAD_SLOTS - 1) * SLOT)
        slots = (first + number * SLOT for number in range((slot_at - first) // SLOT + 1))
        ahead = max(ahead, -(-sum(claimed.get((station, slot), 0) for slot in slots) // makers[station]))
    return ahead


def earliest_promise(
    *,
    work: Work,
    stations: Stations,
    claimed: Slots,
    takes_orders_at: Callable[[datetime], bool],
    from_: datetime,
    until: datetime,
    now: datetime,
) -> Promise | None:
    """Return the first promise that can be kept from `from_` on, None where none can before `until`."""
    for start in windows(from_, until):
        promise = promise_for(start, work=work, stations=stations, claimed=claimed, now=now)
        if promise is not None and takes_orders_at(start):
            return promise
    return None


def next_free(work: Work, *, stations: Stations, claimed: Slots, now: datetime) -> tuple[Claim, ...]:
    """Return claims on the next free seconds from now on, the share that is kept for walk-ins included.

    For those who stand in the shop. What doesn't fit into the next four hours is left out: nobody waits that long.
    """
    claims = []
    for station in sorted(work.seconds):
        left, parallel = work.seconds[station], stations.makers[station]
        slot_at = slot_of(now)
        while left > 0 and slot_at < now + HORIZON:
            most = parallel * SLOT_SECONDS
            free = _free_seconds(slot_at, most, parallel, claimed.get((station, slot_at), 0), now)
            if free > 0:
                claims.append(Claim(station, slot_at, min(free, left), most))
                left -= claims[-1].seconds
            slot_at += SLOT
    return tuple(claims)


def looked_back(work: Work, stations: Stations) -> timedelta:
    """Return how long before a window the claims begin that its promise depends on or tells of."""
    return SLOT * max(work.reach(stations), AHEAD_SLOTS)


def windows(from_: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the starts of the windows from `from_` on, before `until`."""
    start = next_slot(from_)
    while start < until:
        yield start
        start += SLOT
