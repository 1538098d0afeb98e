"""What happens to an order after placing when time passes: the stated limits (docs/after-placing.md)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from .states import State

NO_SHOW_AFTER = timedelta(minutes=30)
"""How long an order stands ready before that choice is followed."""

WALK_IN_STAYS = timedelta(minutes=30)
"""How long after a walk-in was expected to be ready it counts as handed over, where nobody said so."""

ASK_FOR = timedelta(minutes=5)
"""How long a question waits at least for its answer."""

LOOK_AHEAD = timedelta(hours=2)
"""How long before its start an order follows what its store is out of: what is missing now may be there tomorrow."""

GRACE = timedelta(minutes=15)
"""How long after closing an open order still waits for someone to finish it."""

LONGEST_OPEN = timedelta(hours=12)
"""How long after its window an order can stay open where the store doesn't close."""


def is_refunded(state: State, to: State) -> bool:
    """Tell whether an order that ends (`to`) from a state gives back what was paid for it: cancelled, rejected, or
    expired before it was made. What was made and not collected stays paid."""
    return to in {State.CANCELLED, State.REJECTED} or (to is State.EXPIRED and state is not State.READY)


def was_sold(state: State, fired_at: datetime | None) -> bool:
    """Tell whether an order's lines are its customer's, also those that cost nothing: the store started on them, and
    they weren't given back whole by how the order ended."""
    return fired_at is not None and state not in {State.CANCELLED, State.REJECTED, State.EXPIRED}


def ask_deadline(*, fire_at: datetime, now: datetime, minutes: int | None = None) -> datetime:
    """Return until when a question waits: so many minutes where the customer said how many, else five at least, and
    until the store would start on the order."""
    if minutes is not None:
        return now + timedelta(minutes=minutes)
    return max(now + ASK_FOR, fire_at)


def time_within(spans: Iterable[tuple[datetime, datetime]], *, since: datetime, until: datetime) -> timedelta:
    """Return how much of the time between two instants lies in any of these spans; what several share counts once."""
    found, counted_to = timedelta(0), since
    for begins, ends in sorted(spans):
        more = min(ends, until) - max(begins, counted_to)
        if more > timedelta(0):
            found, counted_to = found + more, min(ends, until)
    return found


def expires_at(*, window_ends_at: datetime, closes_at: datetime | None, ready_at: datetime | None) -> datetime:
    """Return when an order that is still open then has expired.

    `closes_at` is the end of the opening that its window lies in, None where that never ends. What is ready waits for
    its customer at least as long as any other, also where it was made late.
    """
    longest = window_ends_at + LONGEST_OPEN
    closes_at = longest if closes_at is None else min(closes_at, longest)
    expires = max(closes_at, window_ends_at) + GRACE
    return expires if ready_at is None else max(expires, ready_at + NO_SHOW_AFTER)
