"""The promise: windows, claims, and when to start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.orders.rules.promise import SLOT, SLOT_SECONDS, earliest_promise, next_slot, promise_for, slot_of

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MAKERS = {"bar": 2, "oven": 1}


def test_a_small_order_is_started_just_in_time() -> None:
    kept = promise_for(NOON + 2 * SLOT, work={"bar": 60}, makers=MAKERS, claimed={}, now=NOON)

    assert kept is not None
    assert [(claim.slot_at, claim.seconds) for claim in kept.claims] == [(NOON + SLOT, 60)]
    assert kept.fire_at == NOON + 2 * SLOT - timedelta(seconds=60)


def test_a_full_slot_pushes_the_work_to_an_earlier_one() -> None:
    claimed = {("bar", NOON + SLOT): 2 * SLOT_SECONDS}

    kept = promise_for(NOON + 2 * SLOT, work={"bar": 60}, makers=MAKERS, claimed=claimed, now=NOON)

    assert kept is not None
    assert [claim.slot_at for claim in kept.claims] == [NOON]


def test_work_that_does_not_fit_before_the_window_has_no_promise() -> None:
    assert promise_for(NOON + SLOT, work={"oven": SLOT_SECONDS + 1}, makers=MAKERS, claimed={}, now=NOON) is None


def test_of_the_running_slot_only_the_rest_counts() -> None:
    late = NOON + timedelta(seconds=200)

    assert promise_for(NOON + SLOT, work={"oven": 100}, makers=MAKERS, claimed={}, now=late) is not None
    assert promise_for(NOON + SLOT, work={"oven": 101}, makers=MAKERS, claimed={}, now=late) is None


def test_the_earliest_window_respects_the_stores_hours() -> None:
    kept = earliest_promise(
        work={"bar": 60},
        makers=MAKERS,
        claimed={},
        takes_orders_at=lambda at: at >= NOON + timedelta(hours=1),
        from_=NOON,
        until=NOON + timedelta(hours=2),
        now=NOON,
    )

    assert kept is not None
    assert kept.window_starts_at == NOON + timedelta(hours=1)


@given(
    st.dictionaries(st.sampled_from(["bar", "oven"]), st.integers(1, 2_000), max_size=2),
    st.dictionaries(st.tuples(st.sampled_from(["bar", "oven"]), st.integers(0, 12)), st.integers(0, 300), max_size=20),
    st.integers(0, 12 * SLOT_SECONDS),
    st.integers(1, 12),
)
def test_a_promise_claims_exactly_its_work_and_never_more_than_is_free(
    work: dict, taken: dict, seconds_past: int, slots_ahead: int
) -> None:
    claimed = {(station, NOON + index * SLOT): seconds for (station, index), seconds in taken.items()}
    now, window = NOON + timedelta(seconds=seconds_past), NOON + slots_ahead * SLOT

    kept = promise_for(window, work=work, makers=MAKERS, claimed=claimed, now=now)

    if kept is None:
        return
    for station, seconds in work.items():
        assert sum(claim.seconds for claim in kept.claims if claim.station == station) == seconds
    for claim in kept.claims:
        assert claim.seconds + claimed.get((claim.station, claim.slot_at), 0) <= claim.capacity_seconds
        assert now < claim.slot_at + SLOT <= window
    assert kept.fire_at >= now


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_slots_tile_time(instant: datetime) -> None:
    assert slot_of(instant) <= instant < slot_of(instant) + SLOT
    assert next_slot(instant) - SLOT < instant <= next_slot(instant)
