"""A customer's open orders as whoever picks them up may know them: what to say, where and when; not what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import newest
from ...errors import NotFound
from ..models import Order
from ..rules.states import OPEN
from .documents import may_arrive

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_COLUMNS = (
    "id",
    "code",
    "state",
    "version",
    "store_id",
    "store_name",
    "timezone",
    "pickup_method",
    "window_starts_at",
    "window_ends_at",
    "arriving_at",
    "arrived_at",
)
_OPEN_ORDERS = sa.select(*(_ORDERS.c[name] for name in _COLUMNS)).where(
    _ORDERS.c.customer_id == sa.bindparam("customer_id"), _ORDERS.c.state.in_(sorted(OPEN))
)


def order_to_pick_up(session: Session, *, order_id: UUID, customer_id: UUID) -> dict[str, Any]:
    """Return one of the customer's open orders. Raises NotFound, also where it has ended or is someone else's."""
    row = session.execute(_OPEN_ORDERS.where(_ORDERS.c.id == order_id), {"customer_id": customer_id}).first()
    if row is None:
        raise NotFound("order")
    return _document(row._mapping)


def orders_to_pick_up(
    session: Session, *, customer_id: UUID, before_id: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 of the customer's open orders, the newest first, those before `before_id`."""
    wanted = newest(_OPEN_ORDERS, _ORDERS.c.id, before=before_id, limit=limit)
    rows = session.execute(wanted, {"customer_id": customer_id})
    return [_document(row._mapping) for row in rows]


def _document(order: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": order["id"],
        "code": order["code"],
        "state": order["state"],
        "version": order["version"],
        "store": {"id": order["store_id"], "name": order["store_name"], "timezone": order["timezone"]},
        "method": order["pickup_method"],
        "window_starts_at": order["window_starts_at"],
        "window_ends_at": order["window_ends_at"],
        "arrival": {"expected_at": order["arriving_at"], "arrived_at": order["arrived_at"]},
        "next_actions": ["arrive"] if may_arrive(order) else [],
    }
