"""A day of a standing order whose card doesn't pay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from .... import events
from ...models import StandingOrder, StandingOrderDay
from ...rules.client_ids import day_named
from ..facts import StandingOrderFailed

_STANDING: sa.Table = StandingOrder.__table__  # type: ignore[assignment]
_DAYS: sa.Table = StandingOrderDay.__table__  # type: ignore[assignment]


def fail_day(session: Session, order: Mapping[str, Any], *, reason: str, now: datetime) -> None:
    """Say of the day whose order this is that it failed, and why; nothing where it is no day's order."""
    named = day_named(order["client_order_id"])
    if named is None:
        return
    standing_order_id, on = named
    # Locked before its day: it may be changed or ended just now.
    locked = sa.select(_STANDING.c.id).where(_STANDING.c.id == standing_order_id).with_for_update()
    if session.execute(locked).first() is None:
        return
    # By the order that the day itself names: an app's own id may look like a day's.
    its_day = sa.and_(
        _DAYS.c.standing_order_id == standing_order_id, _DAYS.c.on_date == on, _DAYS.c.order_id == order["id"]
    )
    failed = sa.update(_DAYS).where(its_day, _DAYS.c.outcome == "placed").values(outcome="failed", reason=reason)
    day = session.execute(failed.returning(_DAYS.c.pickup_at)).first()
    if day is None:
        return
    of_it = sa.update(_STANDING).where(_STANDING.c.id == standing_order_id)
    session.execute(of_it.values(version=_STANDING.c.version + 1))
    events.record(
        session,
        StandingOrderFailed(
            subject_id=standing_order_id,
            happened_at=now,
            on=on,
            pickup_at=day.pickup_at,
            order_id=order["id"],
            reason=reason,
        ),
    )
