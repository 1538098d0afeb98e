"""Turns. Of an order: what is done to it when its time comes is done once, by however many workers. Of its customer:
one change of their orders after the other."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Order, Turn

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]


def take_turn(session: Session, order_id: UUID, *still: sa.ColumnElement[bool]) -> dict[str, Any] | None:
    """Return the order, locked, where the conditions still hold for it; None where they don't, or another has it now.

    Looked at under the lock: what another worker did meanwhile is seen. On SQLite writers take turns anyway.
    """
    mine = sa.select(_ORDERS).where(_ORDERS.c.id == order_id, *still)
    return first_in_turn(session, mine.with_for_update(skip_locked=True))


def first_in_turn(session: Session, locking: sa.Select[Any]) -> dict[str, Any] | None:
    """Return the order that a statement locks, and then its customer's turn; None where there is none.

    The order first, then the turn, then whatever else is locked for it, as everywhere (docs/payments.md, "Locks").
    """
    # OFFSET 0: the row is locked first, the turn is waited for after.
    locked = locking.offset(0).subquery("locked")
    row = session.execute(sa.select(locked, Turn(locked.c.customer_id).label("turn"))).first()
    return None if row is None else {name: value for name, value in row._mapping.items() if name != "turn"}


def wait_for_turn(session: Session, customer_id: UUID) -> None:
    """Take the turn of a customer whose order is locked."""
    session.execute(sa.select(Turn(sa.literal(customer_id, sa.Uuid()))))
