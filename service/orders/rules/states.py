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


WAITING = frozenset({State.PLACED, State.SCHEDULED, State.HELD})
IN_QUEUE = frozenset({State.FIRED, State.IN_PREPARATION, State.READY})
OPEN = WAITING | IN_QUEUE
ENDED = frozenset(State) - OPEN

_STAFF: frozenset[Actor] = frozenset({"staff"})

TRANSITIONS: dict[tuple[State, State], frozenset[Actor]] = {
    (State.PLACED, State.FIRED): frozenset({"staff", "system"}),
    (State.SCHEDULED, State.FIRED): frozenset({"staff", "system"}),
    (State.PLACED, State.CANCELLED): frozenset({"customer", "staff"}),
    (State.SCHEDULED, State.CANCELLED): frozenset({"customer", "staff"}),
    (State.HELD, State.PLACED): frozenset({"customer", "system"}),
    (State.HELD, State.CANCELLED): frozenset({"customer", "staff", "system"}),
    (State.HELD, State.REJECTED): _STAFF,
    (State.FIRED, State.IN_PREPARATION): _STAFF,
    (State.FIRED, State.READY): _STAFF,
    (State.IN_PREPARATION, State.READY): _STAFF,
    (State.READY, State.IN_PREPARATION): _STAFF,  # the recall: the only way back
    (State.READY, State.PICKED_UP): _STAFF,
    (State.PLACED, State.REJECTED): _STAFF,
    (State.SCHEDULED, State.REJECTED): _STAFF,
    (State.FIRED, State.REJECTED): _STAFF,
    (State.IN_PREPARATION, State.REJECTED): _STAFF,
    (State.READY, State.REJECTED): _STAFF,
}


def may(actor: Actor, state: State, to: State) -> bool:
    """Tell whether the actor may move an order from the state to the other."""
    return actor in TRANSITIONS.get((state, to), frozenset())


def targets(actor: Actor, state: State) -> list[State]:
    """Return where the actor may move an order in this state, in the order of the table."""
    return [to for (origin, to), actors in TRANSITIONS.items() if origin == state and actor in actors]


_STAFF_TARGETS = {state: targets("staff", state) for state in State}


CANCELLED_IF_REVISED = frozenset({State.FIRED, State.IN_PREPARATION})
"""Where a promise that the store can't keep lets the customer cancel for nothing, though it was started."""


def next_actions(
    actor: Actor, state: State, *, refundable: bool = False, may_arrive: bool = False, is_revised: bool = False
) -> list[str]:
    """Return what the caller may do now: for customers `change` and `cancel`, for staff each state to move to.

    `may_arrive` adds `arrive` for customers: they didn't say that they are here. `is_revised`: the store proposes
    another window. `refundable` adds `refund` for staff: something was paid that isn't given back yet.
    """
    if actor == "customer":
        own = ["change", "cancel"] if state in WAITING else []
        if is_revised and state in CANCELLED_IF_REVISED:
            own = ["accept_revision", "cancel"]
        return [*own, "arrive"] if may_arrive and state in OPEN else own
    actions = [to.value for to in _STAFF_TARGETS[state]]
    return [*actions, "refund"] if refundable else actions
