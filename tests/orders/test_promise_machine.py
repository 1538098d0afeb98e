"""The promise rules as a machine: whatever comes in whatever order, no slot holds too much, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from service.orders.rules.promise import (
    HORIZON,
    SLOT,
    SLOT_SECONDS,
    Claim,
    Stations,
    Work,
    earliest_promise,
    next_free,
    slot_of,
    station_starts,
    work_ahead,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MAKERS = {"bar": 2, "oven": 1}
STATIONS = Stations(MAKERS, walk_in_percent=15)
WORK = st.dictionaries(st.sampled_from(sorted(MAKERS)), st.integers(5, 900), min_size=1, max_size=2)

Held = tuple[Claim, ...]


class Shop(RuleBasedStateMachine):
    """A store's time: orders and walk-ins claim it, give it back, and the clock goes on."""

    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.claimed: dict[tuple[str, datetime], int] = {}
        self.all_held: list[Held] = []

    @rule(target=held, seconds=WORK, ahead=st.integers(0, 24))
    def place(self, seconds: dict[str, int], ahead: int) -> Held:
        work = Work(seconds, {station: min(each, 90) for station, each in seconds.items()})
        kept = earliest_promise(
            work=work,
            stations=STATIONS,
            claimed=self.claimed,
            takes_orders_at=lambda _: True,
            from_=self.now + timedelta(seconds=work.longest_seconds()) + ahead * SLOT,
            until=self.now + HORIZON,
            now=self.now,
        )
        if kept is None:
            return ()
        before = work_ahead(kept.claims, self.claimed, makers=MAKERS, now=self.now)
        assert sum(claim.seconds for claim in kept.claims) == sum(seconds.values())
        for claim in kept.claims:
            # Nothing is claimed earlier than stated, nor of what is kept for walk-ins.
            assert kept.window_starts_at - work.reach(STATIONS) * SLOT <= claim.slot_at < kept.window_starts_at
            assert self._taken(claim) + claim.seconds <= STATIONS.most(claim.station, claim.slot_at, self.now)
        earliest = kept.window_starts_at - (work.reach(STATIONS) + 1) * SLOT - timedelta(seconds=900)
        assert all(max(self.now, earliest) <= start for start in kept.station_starts.values())
        assert all(start < max(self.now + SLOT, kept.window_ends_at) for start in kept.station_starts.values())
        self._take(kept.claims)
        assert work_ahead(kept.claims, self.claimed, makers=MAKERS, now=self.now) >= before
        return kept.claims

    @rule(target=held, seconds=WORK)
    def walk_in(self, seconds: dict[str, int]) -> Held:
        work = Work(seconds, {})
        claims = next_free(work, stations=STATIONS, claimed=self.claimed, now=self.now)
        self._take(claims)
        starts = station_starts(claims, self.claimed, work=work, makers=MAKERS, now=self.now)
        assert all(start >= self.now for start in starts.values())
        return claims

    @rule(claims=consumes(held))
    def give_back(self, claims: Held) -> None:
        for claim in claims:
            self.claimed[claim.station, claim.slot_at] -= claim.seconds
        if claims:
            self.all_held.remove(claims)

    @rule(seconds=st.integers(1, 2 * SLOT_SECONDS))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def _taken(self, claim: Claim) -> int:
        return self.claimed.get((claim.station, claim.slot_at), 0)

    def _take(self, claims: Held) -> None:
        for claim in claims:
            self.claimed[claim.station, claim.slot_at] = self._taken(claim) + claim.seconds
            assert claim.slot_at >= slot_of(self.now)
        if claims:
            self.all_held.append(claims)

    @invariant()
    def no_slot_holds_more_than_it_can(self) -> None:
        for (station, _), seconds in self.claimed.items():
            assert 0 <= seconds <= MAKERS[station] * SLOT_SECONDS

    @invariant()
    def slots_hold_exactly_what_is_held(self) -> None:
        assert sum(self.claimed.values()) == sum(claim.seconds for claims in self.all_held for claim in claims)


TestShop = Shop.TestCase
TestShop.settings = settings(max_examples=40, stateful_step_count=30)
