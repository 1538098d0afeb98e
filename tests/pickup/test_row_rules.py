"""Where lines stand: what every bump, start, recall and undo keeps true, whatever came before."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from service.orders.rules.states import IN_QUEUE, State, may
from service.pickup.rules.rows import KINDS, Row, RowState, moved, moves, rows_of, state_asked_for, stations_of

WORK = st.dictionaries(st.sampled_from(["bar", "oven", "cold"]), st.integers(1, 300), max_size=3)
LINES = st.lists(WORK, min_size=1, max_size=4).map(lambda works: list(enumerate(works, start=1)))
STEPS = st.lists(st.sampled_from(sorted(KINDS)), max_size=6)


def rows(lines: list[tuple[int, dict[str, int]]]) -> tuple[Row, ...]:
    """Return the rows of an order just fired."""
    return rows_of(lines, {}, State.FIRED)


@given(LINES, STEPS, st.data())
@settings(max_examples=60)
def test_an_order_is_ready_exactly_when_all_of_it_is_done(
    lines: list[tuple[int, dict[str, int]]], kinds: list[str], data: st.DataObject
) -> None:
    state, current = State.FIRED, rows(lines)
    for kind in kinds:
        row = data.draw(st.sampled_from(current))
        current = moved(current, moves(current, kind, position=row.position, station=row.station))
        to = state_asked_for(state, current)
        if to is not None:
            assert may("staff", state, to)
            state = to
        assert (state is State.READY) == all(each.state is RowState.DONE for each in current)


@given(LINES, st.sampled_from(sorted(KINDS)))
@settings(max_examples=40)
def test_doing_it_twice_changes_nothing_and_going_back_restores_everything(
    lines: list[tuple[int, dict[str, int]]], kind: str
) -> None:
    before = rows(lines)
    if kind == "recall":
        before = moved(before, moves(before, "bump", position=None, station=None))
    made = moves(before, kind, position=None, station=None)
    after = moved(before, made)

    assert moves(after, kind, position=None, station=None) == []
    assert moved(after, [move.back() for move in made]) == before


def test_a_line_without_work_is_only_handed_over() -> None:
    assert stations_of({}) == ["counter"]
    assert stations_of({"cold": 5, "bar": 10}) == ["bar", "cold"]


def test_only_orders_in_the_queue_are_moved_by_their_rows() -> None:
    done = (Row(1, "bar", RowState.DONE),)

    assert {state for state in State if state_asked_for(state, done)} == IN_QUEUE - {State.READY}
