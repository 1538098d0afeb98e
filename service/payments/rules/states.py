"""The states of a payment, and which follow which (docs/payments.md, "States")."""

from __future__ import annotations

CREATED = "created"
REQUIRES_ACTION = "requires_action"  # the customer has to do something at their bank first (3-D Secure)
AUTHORISED = "authorised"
CAPTURED = "captured"
VOIDED = "voided"
FAILED = "failed"

TRANSITIONS: dict[str, frozenset[str]] = {
    CREATED: frozenset({REQUIRES_ACTION, AUTHORISED, VOIDED, FAILED}),
    REQUIRES_ACTION: frozenset({AUTHORISED, VOIDED, FAILED}),
    AUTHORISED: frozenset({CAPTURED, VOIDED, FAILED}),
    CAPTURED: frozenset(),
    VOIDED: frozenset(),
    FAILED: frozenset(),
}
STATES = tuple(TRANSITIONS)
UNDECIDED = frozenset({CREATED, REQUIRES_ACTION})
OVER = frozenset(state for state, following in TRANSITIONS.items() if not following)


def leads_to(before: str, after: str) -> bool:
    """Tell whether a payment can come from one state to the other, in any number of transitions but none."""
    following = TRANSITIONS[before]
    return after in following or any(leads_to(each, after) for each in following)
