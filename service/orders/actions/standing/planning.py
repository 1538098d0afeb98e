"""When a standing order is looked at next."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ...models import StandingOrder
from ...queries.standing import schedule_of, store_of


def plan_next(session: Session, standing: StandingOrder, *, now: datetime) -> None:
    """Let the worker look at it when its next day is to be placed; never, where there is none."""
    store = store_of(session, standing)
    coming = schedule_of(standing).next(store, now=now) if store is not None else None
    standing.next_on = coming.on if coming is not None else None
    standing.due_at = coming.place_at if coming is not None else None
    standing.attempts = 0
