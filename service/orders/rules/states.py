"""The one transition table: who may move an order from which state to which."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

Actor = Literal["customer", "staff", "system"]


class State(StrEnum):
    """Where an order is in its life."""

    PLACED = "placed"  # as soon as possible, waiting to be fired
    SCHEDULED = "scheduled"  # for a window the customer chose, waiting to be fired
    HELD = "held"  # waits for the customer's tap; nothing is promised for it yet
    FIRED = "fired"  # the store was told to make it
    IN_PREPARATION = "in_preparation"
    READY = "ready"
    PICKED_UP = "picked_up"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    NO_SHOW = "no_show"  # ready, and nobody came in time; may be made once more where the customer chose that
    EXPIRED = "expired"  # never finished, or never picked up, until the store had closed


WAITING = frozenset({State.PLACED, State.SCHEDULED, State.HELD})
IN_QUEUE = frozenset({State.FIRED, State.IN_PREPARATION, State.READY})
OPEN = WAITING | IN_QUEUE
ENDED = frozenset(State) - OPEN
NOT_MADE = WAITING | {State.FIRED, State.IN_PREPARATION}
"""Where a line can still be taken out of an order, or another one take its place."""

WALK_IN_OPEN = (State.FIRED, State.IN_PREPARATION)
WALK_IN_ENDED = (State.PICKED_UP, State.CANCELLED)
"""Where walk-ins are. What is made of one is handed over at once, since whoever ordered it stands there: so none is
ever ready."""

_STAFF: frozenset[Actor] = frozenset({"staff"})
_SYSTEM: frozenset[Actor] = frozenset({"system"})

TRANSITIONS: dict[tuple[State, State], frozenset[Actor]] = {
    (State.PLACED, State.FIRED): frozenset({"staff", "system"}),
    (State.SCHEDULED, State.FIRED): frozenset({"staff", "system"}),
    (State.PLACED, State.CANCELLED): frozenset({"customer", "staff", "system"}),
    (State.SCHEDULED, State.CANCELLED): frozenset({"customer", "staff", "system"}),
    (State.HELD, State.PLACED): frozenset({"customer", "system"}),  # the tap, or its latest instant
    (State.HELD, State.CANCELLED): frozenset({"customer", "staff", "system"}),
    (State.HELD, State.REJECTED): _STAFF | _SYSTEM,
    (State.FIRED, State.IN_PREPARATION): _STAFF,
    (State.FIRED, State.READY): _STAFF,
    (State.IN_PREPARATION, State.READY): _STAFF | _SYSTEM,  # by itself where the last line to be made is taken out
    (State.READY, State.IN_PREPARATION): _STAFF,  # the recall: the only way back
    (State.READY, State.PICKED_UP): _STAFF,
    # The system rejects where nothing of an order can be made, and cancels where the customer chose that for it.
    (State.PLACED, State.REJECTED): _STAFF | _SYSTEM,
    (State.SCHEDULED, State.REJECTED): _STAFF | _SYSTEM,
    (State.FIRED, State.REJECTED): _STAFF | _SYSTEM,
    (State.IN_PREPARATION, State.REJECTED): _STAFF | _SYSTEM,
    (State.READY, State.REJECTED): _STAFF,
    (State.FIRED, State.CANCELLED): _SYSTEM,
    (State.IN_PREPARATION, State.CANCELLED): _SYSTEM,
    (State.READY, State.NO_SHOW): _SYSTEM,
    (State.NO_SHOW, State.IN_PREPARATION): frozenset({"customer"}),  # made once more for who came late
    **{(state, State.EXPIRED): _SYSTEM for state in State if state in OPEN},
}


def may(actor: Actor, state: State, to: State) -> bool:
    """Tell whether the actor may move an order from the state to the other."""
    return actor in TRANSITIONS.get((state, to), frozenset())


def targets(actor: Actor, state: State) -> list[State]:
    """Return where the actor may move an order in this state, in the order of the table."""
    return [to for (origin, to), actors in TRANSITIONS.items() if origin == state and actor in actors]


NOT_OF_ONES_OWN = frozenset({State.REJECTED})
"""Where staff can't move what they ordered themselves: it would free them of paying (docs/decisions/0011)."""

_STAFF_TARGETS = {state: targets("staff", state) for state in State}


CANCELLED_IF_REVISED = frozenset({State.FIRED, State.IN_PREPARATION})
"""Where a promise that the store can't keep lets the customer cancel for nothing, though it was started."""


def next_actions(
    actor: Actor,
    state: State,
    *,
    refundable: bool = False,
    is_own: bool = False,
    is_asked: bool = False,
    may_remake: bool = False,
    may_arrive: bool = False,
    is_revised: bool = False,
) -> list[str]:
    """Return what the caller may do now: for customers `change` and `cancel`, `accept_revision` or `cancel` where the
    store proposes another window (`is_revised`), `arrive` where they didn't say that they are here (`may_arrive`),
    `answer` where a question is open (`is_asked`), `remake` where they may have a no-show made once more; for staff
    each state to move to, and `reject_lines`.

    `refundable` adds `refund` for staff: something was paid that isn't given back yet. `is_own`: the caller ordered it.
    """
    if actor == "customer":
        actions = ["change", "cancel"] if state in WAITING else []
        if is_revised and state in CANCELLED_IF_REVISED:
            actions = ["accept_revision", "cancel"]
        actions += ["arrive"] if may_arrive and state in OPEN else []
        actions += ["answer"] if is_asked and state in NOT_MADE else []
        return [*actions, "remake"] if may_remake and state == State.NO_SHOW else actions
    if is_own:
        return [to.value for to in _STAFF_TARGETS[state] if to not in NOT_OF_ONES_OWN]
    actions = [to.value for to in _STAFF_TARGETS[state]] + ["reject_lines"] * (state in NOT_MADE)
    return [*actions, "refund"] if refundable else actions
