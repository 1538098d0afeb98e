"""Cancelling: free for the customer until the order is fired."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...accounts.rules.grants import Acting
from .. import queries
from ..errors import AlreadyFired
from ..rules.states import CANCELLED_IF_REVISED, State, may
from .delegated import doer, on_placed_order
from .life import lock_order_of_customer, step


@on_placed_order
def cancel_order(
    session: Session,
    *,
    order_id: UUID,
    customer_id: UUID,
    reason: str | None,
    now: datetime,
    acting: Acting | None = None,
) -> dict[str, Any]:
    """Cancel the customer's order before the store starts on it, or while the store proposes another window because it
    can't keep the promised one; nothing is owed and its time is free again.

    Raises NotFound, AlreadyFired.
    """
    order = lock_order_of_customer(session, order_id, customer_id)
    state = State(order["state"])
    is_revised = order["proposal"] is not None and state in CANCELLED_IF_REVISED
    if not is_revised and not may("customer", state, State.CANCELLED):
        raise AlreadyFired(order["state"])
    actor_id = doer(customer_id, acting)
    step(session, order, State.CANCELLED, actor="customer", actor_id=actor_id, reason=reason, now=now, acting=acting)
    return queries.order_of_customer(session, order_id=order_id, customer_id=customer_id)
