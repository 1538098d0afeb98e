"""Who wants their orders forgotten, and after how long."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Preference

_KIND = "retention"
_WANTED = sa.select(Preference.customer_id, Preference.value).where(
    Preference.kind == _KIND, Preference.value.is_not(None)
)


def retentions(session: Session, *, after: UUID | None, limit: int) -> dict[UUID, timedelta]:
    """Return up to `limit` customers who said how long their orders are remembered, in order of their ids; those after
    one."""
    wanted = _WANTED if after is None else _WANTED.where(Preference.customer_id > after)
    rows = session.execute(wanted.order_by(Preference.customer_id).limit(limit)).all()
    return {row.customer_id: timedelta(days=row.value["days"]) for row in rows}


def retention_of(session: Session, *, customer_id: UUID) -> timedelta | None:
    """Return how long the customer's orders are remembered, None for as long as there are any."""
    row = session.execute(_WANTED.where(Preference.customer_id == customer_id)).first()
    return timedelta(days=row.value["days"]) if row is not None else None
