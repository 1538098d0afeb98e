"""The promise: windows, claims, and when to start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.orders.rules.promise import (
    AIM_SECONDS,
    SLOT,
    SLOT_SECONDS,
    Promise,
    Slots,
    Stations,
    Work,
    earliest_promise,
    next_slot,
    promise_for,
    reached,
    slot_of,
    work_ahead,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MAKERS = {"bar": 2, "oven": 1}
STATIONS = Stations(MAKERS)


def seconds(count: float) -> timedelta:
    """Return so many seconds."""
    return timedelta(seconds=count)


def promised(
    slots_ahead: int,
    work: dict[str, int],
    *,
    longest: dict[str, int] | None = None,
    claimed: Slots | None = None,
    stations: Stations = STATIONS,
    now: datetime = NOON,
) -> Promise | None:
    """Promise a window so many slots after noon; by default each station's work is one piece."""
    return promise_for(
        NOON + slots_ahead * SLOT,
        work=Work(work, work if longest is None else longest),
        stations=stations,
        claimed=claimed or {},
        now=now,
    )


def test_a_small_order_is_started_just_in_time() -> None:
    kept = promised(2, {"bar": 60})

    assert kept is not None
    assert [(claim.slot_at, claim.seconds) for claim in kept.claims] == [(NOON + SLOT, 60)]
    assert kept.fire_at == NOON + 2 * SLOT - timedelta(seconds=60)


def test_a_full_slot_pushes_the_work_to_an_earlier_one() -> None:
    claimed = {("bar", NOON + SLOT): 2 * SLOT_SECONDS}

    kept = promised(2, {"bar": 60}, claimed=claimed)

    assert kept is not None
    assert [claim.slot_at for claim in kept.claims] == [NOON]


def test_work_that_does_not_fit_before_the_window_has_no_promise() -> None:
    assert promised(1, {"oven": SLOT_SECONDS + 1}) is None


def test_of_the_running_slot_only_the_rest_counts() -> None:
    late = NOON + timedelta(seconds=200)

    assert promised(1, {"oven": 100}, now=late) is not None
    assert promised(1, {"oven": 101}, now=late) is None


def test_what_is_claimed_of_the_running_slot_may_all_be_still_to_do() -> None:
    late, claimed = NOON + seconds(200), {("oven", NOON): 200}

    # 100 s until the slot's end and 150 s of the window after it, of which 200 s are others'.
    assert promised(1, {"oven": 50}, claimed=claimed, now=late) is not None
    assert promised(1, {"oven": 51}, claimed=claimed, now=late) is None


def test_nothing_is_made_earlier_than_its_work_needs_and_one_slot_more() -> None:
    full = {("oven", NOON + number * SLOT): SLOT_SECONDS for number in (8, 9)}

    assert promised(10, {"oven": 60}, claimed=full) is None
    assert promised(10, {"oven": 301}, claimed={("oven", NOON + 9 * SLOT): SLOT_SECONDS}) is not None


def test_a_piece_of_work_longer_than_a_slot_is_started_early_enough() -> None:
    kept = promised(4, {"bar": 900}, stations=Stations({"bar": 20}))

    assert kept is not None
    assert kept.fire_at == NOON + 4 * SLOT - seconds(900)


def test_every_station_has_its_own_start_so_that_the_parts_are_ready_together() -> None:
    kept = promised(2, {"bar": 60, "oven": 240})

    assert kept is not None
    assert kept.station_starts == {"bar": NOON + 2 * SLOT - seconds(60), "oven": NOON + 2 * SLOT - seconds(240)}
    assert kept.fire_at == min(kept.station_starts.values())


def test_two_makers_do_three_equal_pieces_in_the_time_of_two() -> None:
    kept = promised(2, {"bar": 180}, longest={"bar": 60})

    assert kept is not None
    assert kept.station_starts["bar"] == NOON + 2 * SLOT - seconds(120)


def test_what_is_claimed_first_is_done_last_before_the_window_and_the_rest_from_its_middle_backwards() -> None:
    first = promised(2, {"oven": 60}, claimed={("oven", NOON + SLOT): 0})
    second = promised(2, {"oven": 60}, claimed={("oven", NOON + SLOT): 60})
    late = promised(2, {"oven": 60}, claimed={("oven", NOON + SLOT): 180})

    starts = [kept.fire_at - (NOON + 2 * SLOT) for kept in (first, second, late) if kept]
    assert starts == [seconds(-60), seconds(-120), seconds(60)]


def test_the_work_ahead_is_what_others_hold_up_to_ones_own_slot_shared_by_the_makers() -> None:
    claimed = {("bar", NOON): 400, ("bar", NOON + SLOT): 101, ("oven", NOON): 90, ("bar", NOON + 2 * SLOT): 600}
    kept = promised(2, {"bar": 60, "oven": 60}, claimed=claimed)

    assert kept is not None
    assert work_ahead(kept.claims, claimed, makers=MAKERS, now=NOON) == 251


def test_of_the_slots_to_come_the_walk_ins_share_is_kept_free() -> None:
    stations = Stations({"oven": 1}, walk_in_percent=20)

    assert promised(3, {"oven": 240}, stations=stations, now=NOON + SLOT + seconds(1)) is not None
    kept = promised(3, {"oven": 241}, stations=stations, now=NOON + seconds(1))
    assert kept is not None
    assert [claim.seconds for claim in kept.claims] == [1, 240]


def test_the_earliest_window_respects_the_stores_hours() -> None:
    kept = earliest_promise(
        work=Work({"bar": 60}, {"bar": 60}),
        stations=STATIONS,
        claimed={},
        takes_orders_at=lambda at: at >= NOON + timedelta(hours=1),
        from_=NOON,
        until=NOON + timedelta(hours=2),
        now=NOON,
    )

    assert kept is not None
    assert kept.window_starts_at == NOON + timedelta(hours=1)


WORK = st.dictionaries(st.sampled_from(["bar", "oven"]), st.integers(1, 2_000), max_size=2)
TAKEN = st.dictionaries(
    st.tuples(st.sampled_from(["bar", "oven"]), st.integers(0, 12)), st.integers(0, 300), max_size=20
)


@given(WORK, TAKEN, st.integers(0, 12 * SLOT_SECONDS), st.integers(1, 12), st.integers(0, 90))
def test_a_promise_claims_exactly_its_work_and_never_more_than_is_free(
    wanted: dict, taken: dict, seconds_past: int, slots_ahead: int, walk_in_percent: int
) -> None:
    claimed = {(station, NOON + index * SLOT): each for (station, index), each in taken.items()}
    now, window = NOON + seconds(seconds_past), NOON + slots_ahead * SLOT
    stations, work = Stations(MAKERS, walk_in_percent), Work(wanted, wanted)

    kept = promise_for(window, work=work, stations=stations, claimed=claimed, now=now)

    if kept is None:
        return
    for station, total in wanted.items():
        assert sum(claim.seconds for claim in kept.claims if claim.station == station) == total
    for claim in kept.claims:
        assert claim.seconds + claimed.get((claim.station, claim.slot_at), 0) <= claim.capacity_seconds
        assert claim.capacity_seconds <= MAKERS[claim.station] * SLOT_SECONDS
        assert now < claim.slot_at + SLOT <= window
        assert claim.slot_at >= window - work.reach(stations) * SLOT
    assert kept.fire_at >= now


@given(WORK, TAKEN, st.integers(1, 12), st.integers(0, 600))
def test_more_claimed_never_makes_an_earlier_window(wanted: dict, taken: dict, slots_ahead: int, more: int) -> None:
    claimed = {(station, NOON + index * SLOT): each for (station, index), each in taken.items()}
    fuller = {slot: each + more for slot, each in claimed.items()}

    def earliest(slots: Slots) -> datetime | None:
        kept = earliest_promise(
            work=Work(wanted, wanted),
            stations=STATIONS,
            claimed=slots,
            takes_orders_at=lambda at: True,
            from_=NOON + slots_ahead * SLOT,
            until=NOON + 60 * SLOT,
            now=NOON,
        )
        return kept.window_starts_at if kept else None

    with_less, with_more = earliest(claimed), earliest(fuller)

    assert with_less is not None or with_more is None
    assert with_more is None or with_less is None or with_less <= with_more


@given(st.lists(st.integers(10, 120), max_size=10), st.integers(1, 3))
def test_the_work_of_a_slot_is_done_one_after_the_other_from_150_seconds_before_the_window_to_150_after(
    pieces: list[int], makers: int
) -> None:
    """Claimed in any order, the planned times tile: no second of a maker is planned twice."""
    stations, slot = Stations({"bar": makers}), NOON + 10 * SLOT
    taken = 0
    spans = []
    for piece in pieces:
        claimed = {("bar", slot): taken}
        kept = promise_for(slot + SLOT, work=Work({"bar": piece}, {}), stations=stations, claimed=claimed, now=NOON)
        if kept is None or len(kept.claims) > 1 or kept.claims[0].slot_at != slot:
            break
        spans.append((kept.station_starts["bar"], piece / makers))
        taken += piece
    for start, takes in spans:
        offset = (start - (slot + SLOT)).total_seconds()
        assert -AIM_SECONDS - takes - 1 <= offset
        assert offset + takes <= AIM_SECONDS + 1
    assert sum(takes for _, takes in spans) <= SLOT_SECONDS


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_slots_tile_time(instant: datetime) -> None:
    assert slot_of(instant) <= instant < slot_of(instant) + SLOT
    assert next_slot(instant) - SLOT < instant <= next_slot(instant)


@given(
    asked=st.dictionaries(st.sampled_from(sorted(MAKERS)), st.integers(1, 1_500), min_size=1),
    taken=st.dictionaries(
        st.tuples(st.sampled_from(sorted(MAKERS)), st.integers(0, 60).map(lambda slot: NOON + slot * SLOT)),
        st.integers(0, 600),
    ),
    since=st.integers(0, 7_200),
    into=st.integers(0, SLOT_SECONDS - 1),
)
def test_what_is_locked_ahead_holds_every_slot_of_the_earliest_promise(
    asked: dict[str, int], taken: dict[tuple[str, datetime], int], since: int, into: int
) -> None:
    now = NOON + seconds(into)
    from_, work = now + seconds(since), Work(asked, asked)
    until = from_ + 24 * SLOT

    kept = earliest_promise(
        work=work, stations=STATIONS, claimed=taken, takes_orders_at=lambda _: True, from_=from_, until=until, now=now
    )

    locked = {
        (each.station, each.slot_at)
        for each in reached(next_slot(from_), work=work, stations=STATIONS, now=now, until=until)
    }
    assert kept is None or {(each.station, each.slot_at) for each in kept.claims} <= locked
