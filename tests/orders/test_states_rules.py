"""The transition table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.orders.rules.states import ENDED, NOT_MADE, OPEN, TRANSITIONS, WAITING, State, may, next_actions, targets

ACTORS = ("customer", "staff", "system")
states = st.sampled_from(State)


def test_every_state_is_reached_and_every_open_state_is_left() -> None:
    reached = {to for _, to in TRANSITIONS} | {State.PLACED, State.SCHEDULED, State.HELD}

    assert reached == set(State)
    assert {origin for origin, _ in TRANSITIONS} == OPEN | {State.NO_SHOW}  # which may be made once more


def test_the_only_ways_back_are_the_recall_and_the_remake() -> None:
    forward = list(State)
    back = [
        (origin, to)
        for origin, to in TRANSITIONS
        if forward.index(to) < forward.index(origin) and not {origin, to} <= WAITING
    ]

    assert back == [(State.READY, State.IN_PREPARATION), (State.NO_SHOW, State.IN_PREPARATION)]


@given(st.lists(st.tuples(st.sampled_from(ACTORS), states), max_size=20), st.sampled_from(sorted(WAITING)))
def test_no_one_moves_an_ended_order_and_fired_is_never_undone(attempts: list, start: State) -> None:
    state, fired = start, False
    for actor, to in attempts:
        if not may(actor, state, to):
            continue
        assert state not in ENDED - {State.NO_SHOW}
        assert not (fired and to in WAITING)
        assert actor != "customer" or to is State.CANCELLED or state in {State.NO_SHOW, State.HELD}
        state, fired = to, fired or to is State.FIRED


@given(st.sampled_from(ACTORS), states)
def test_next_actions_say_exactly_what_the_table_allows(actor: str, state: State) -> None:
    if actor == "customer":
        assert ("cancel" in next_actions("customer", state)) == may("customer", state, State.CANCELLED)
    if actor == "staff":
        actions = next_actions("staff", state)
        assert [action for action in actions if action != "reject_lines"] == targets("staff", state)
        assert ("reject_lines" in actions) == (state in NOT_MADE)
