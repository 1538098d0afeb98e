"""Moving an order through its states: staff by hand, the worker when it is time to fire."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from .. import queries
from ..errors import OwnOrder, TransitionRefused
from ..models import Order
from ..rules.states import NOT_OF_ONES_OWN, WAITING, State, may, targets
from .life import lock_order_of_stores, step

BATCH = 50

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_IS_WAITING: sa.ColumnElement[bool] = sa.literal_column(
    "state IN (" + ", ".join(f"'{state}'" for state in sorted(WAITING)) + ")"
)


def move_order(
    session: Session,
    *,
    order_id: UUID,
    store_ids: frozenset[UUID] | None,
    to: str,
    reason: str | None,
    actor_id: UUID,
    now: datetime,
) -> dict[str, Any]:
    """Move an order of the staff's stores (None: any store) to a state that the transition table allows.

    Picking up takes the payment that is due. Rejecting gives back the time it holds. Ready → in preparation is the
    recall. Raises NotFound, OwnOrder, TransitionRefused.
    """
    order = lock_order_of_stores(session, order_id, store_ids)
    state, target = State(order["state"]), State(to)
    if target in NOT_OF_ONES_OWN and order["customer_id"] == actor_id:
        raise OwnOrder()
    if not may("staff", state, target):
        raise TransitionRefused(state.value, [each.value for each in targets("staff", state)])
    step(session, order, target, actor="staff", actor_id=actor_id, reason=reason, now=now)
    return queries.order_of_stores(session, order_id=order_id, store_ids=store_ids, person_id=actor_id)


def fire_due_orders(session: Session, *, now: datetime) -> int:
    """Tell the stores to start on up to 50 orders whose time has come; return how many.

    Two workers never fire one order twice: each locks its own batch and skips what the other holds.
    """
    due = (
        sa.select(_ORDERS)
        .where(_IS_WAITING, _ORDERS.c.fire_at <= now)
        .order_by(_ORDERS.c.fire_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    orders = [dict(row._mapping) for row in session.execute(due)]
    # By customer: each step takes the turn in the customer's feed, and two workers must not wait in a circle.
    for order in sorted(orders, key=lambda each: (each["customer_id"], each["fire_at"])):
        step(session, order, State.FIRED, actor="system", actor_id=None, reason=None, now=now)
    return len(orders)
