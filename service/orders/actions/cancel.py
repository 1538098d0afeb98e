"""Cancelling: free for the customer until the order is fired."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import queries
from ..errors import AlreadyFired
from ..rules.states import State, may
from .life import lock_order_of_customer, step


def cancel_order(
    session: Session, *, order_id: UUID, customer_id: UUID, reason: str | None, now: datetime
) -> dict[str, Any]:
    """Cancel the customer's order before the store starts on it; nothing is owed and its time is free again.

    Raises NotFound, AlreadyFired.
    """
    order = lock_order_of_customer(session, order_id, customer_id)
    if not may("customer", State(order["state"]), State.CANCELLED):
        raise AlreadyFired(order["state"])
    step(session, order, State.CANCELLED, actor="customer", actor_id=customer_id, reason=reason, now=now)
    return queries.order_of_customer(session, order_id=order_id, customer_id=customer_id)
