"""One order's turn: what is done to it when its time comes is done once, by however many workers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Order

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]


def take_turn(session: Session, order_id: UUID, *still: sa.ColumnElement[bool]) -> dict[str, Any] | None:
    """Return the order, locked, where the conditions still hold for it; None where they don't, or another has it now.

    Looked at under the lock: what another worker did meanwhile is seen. On SQLite writers take turns anyway.
    """
    mine = sa.select(_ORDERS).where(_ORDERS.c.id == order_id, *still).with_for_update(skip_locked=True)
    row = session.execute(mine).first()
    return None if row is None else dict(row._mapping)
