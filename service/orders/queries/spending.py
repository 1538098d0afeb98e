"""What was spent under a grant on a day: added up from its orders, so that money that goes back is room again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...accounts.rules.grants import Limit
from ..models import Order

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
COST: sa.ColumnElement[int] = (
    sa.case((_ORDERS.c.ended_at.is_(None), _ORDERS.c.total_minor), else_=_ORDERS.c.paid_minor)
    - _ORDERS.c.refunded_minor
)
"""What an order costs its customer: what is due as long as it is open, then what was paid; less what was given back."""
_SPENT = sa.select(sa.func.coalesce(sa.func.sum(COST), 0)).where(
    _ORDERS.c.grant_id == sa.bindparam("grant_id"),
    _ORDERS.c.placed_at >= sa.bindparam("from_at"),
    _ORDERS.c.placed_at < sa.bindparam("until_at"),
    _ORDERS.c.currency == sa.bindparam("currency"),  # the giver may have moved one to where another is paid
)


def spent_under(session: Session, *, grant_id: UUID, limit: Limit, at: datetime) -> int:
    """Return what the orders cost, in minor units, that were placed under the grant on the day of the instant."""
    from_at, until_at = limit.day_of(at)
    values = {"grant_id": grant_id, "from_at": from_at, "until_at": until_at, "currency": limit.currency}
    return int(session.connection().execute(_SPENT, values).scalar_one())
