"""Moving an order through its states: staff by hand, the worker when it is time to fire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from ...db import is_transient
from .. import queries
from ..errors import OwnOrder, PaymentPending, TransitionRefused
from ..models import Order
from ..rules.states import NOT_OF_ONES_OWN, State, may, targets
from . import paying
from .delegated import is_own
from .life import lock_order_of_stores, step
from .turn import wait_for_turn

BATCH = 50

log = structlog.get_logger()

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]


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
    recall. Raises NotFound, OwnOrder, TransitionRefused, PaymentPending.
    """
    order = lock_order_of_stores(session, order_id, store_ids)
    state, target = State(order["state"]), State(to)
    if target in NOT_OF_ONES_OWN and is_own(order, actor_id):
        raise OwnOrder()
    if not may("staff", state, target):
        raise TransitionRefused(state.value, [each.value for each in targets("staff", state)])
    if target is State.FIRED and order["payment_pending"]:
        raise PaymentPending()
    step(session, order, target, actor="staff", actor_id=actor_id, reason=reason, now=now)
    return queries.order_of_stores(session, order_id=order_id, store_ids=store_ids, person_id=actor_id)


def fire_due_orders(session: Session, *, now: datetime) -> int:
    """Tell the stores to start on the next 50 orders whose time has come; return how many were told.

    Two workers never fire one order twice: each locks its own batch and skips what the other holds. An order that
    can't be fired is logged and left as it is; where a whole batch is of that kind, the next one has its turn.
    """
    after: tuple[datetime, UUID] | None = None
    while True:
        orders = _due(session, now, after)
        fired = _fire_all(session, orders, now)
        if fired or len(orders) < BATCH:
            return fired
        after = (orders[-1]["fire_at"], orders[-1]["id"])


def _due(session: Session, now: datetime, after: tuple[datetime, UUID] | None) -> list[dict[str, Any]]:
    due = sa.select(_ORDERS).where(queries.IS_WAITING, _ORDERS.c.state != State.HELD, _ORDERS.c.fire_at <= now)
    due = due.where(sa.not_(_ORDERS.c.payment_pending))
    if after is not None:
        due = due.where(sa.tuple_(_ORDERS.c.fire_at, _ORDERS.c.id) > sa.tuple_(*after))
    locked = due.order_by(_ORDERS.c.fire_at, _ORDERS.c.id).limit(BATCH).with_for_update(skip_locked=True)
    return [dict(row._mapping) for row in session.execute(locked)]


def _fire_all(session: Session, orders: Sequence[Mapping[str, Any]], now: datetime) -> int:
    # By customer: each step takes the turn in the customer's feed, and two workers must not wait in a circle.
    ordered = sorted(orders, key=lambda each: (each["customer_id"], each["fire_at"]))
    try:
        with session.begin_nested():  # one for all, as long as nothing is wrong
            for order in ordered:
                _fire(session, order, now)
        return len(ordered)
    except Exception as error:
        if is_transient(error):
            raise
    return sum(_fires(session, order, now) for order in ordered)


def _fires(session: Session, order: Mapping[str, Any], now: datetime) -> bool:
    try:
        with session.begin_nested():
            _fire(session, order, now)
    except Exception as error:
        if is_transient(error):
            raise
        log.exception("order not fired", order_id=str(order["id"]))
        return False
    return True


def _fire(session: Session, order: Mapping[str, Any], now: datetime) -> None:
    if paying.is_prepaid(order):
        wait_for_turn(session, order["customer_id"])  # before the wallet that is taken from
    step(session, order, State.FIRED, actor="system", actor_id=None, reason=None, now=now)
