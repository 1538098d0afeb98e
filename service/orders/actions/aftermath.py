"""Orders that nobody finishes: not collected, made once more, expired."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...accounts.rules.grants import Acting
from ...preferences import queries as preferences
from ...stores import queries as store_queries
from ...stores.rules import StoreFacts, availability
from .. import queries
from ..errors import NothingToRemake
from ..models import Order
from ..rules.aftermath import GRACE, NO_SHOW_AFTER, expires_at
from ..rules.guarding import crossed_by, refusal_of
from ..rules.states import OPEN, State
from .change import free_code
from .delegated import doer, on_placed_order
from .life import lock_order_of_customer, step
from .lines import open_lines
from .turn import take_turn

NOT_COLLECTED = "not_collected"
NOT_FINISHED = "not_finished"
BATCH = 50
_PAGE = 500

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_IS_OPEN: sa.ColumnElement[bool] = sa.literal_column(
    "state IN (" + ", ".join(f"'{state}'" for state in sorted(OPEN)) + ")"
)
_IS_READY: sa.ColumnElement[bool] = sa.literal_column("state = 'ready'")


def _is_no_show(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(_IS_READY, _ORDERS.c.ready_at <= now - NO_SHOW_AFTER, _ORDERS.c.if_not_collected != "hold")


def due_no_shows(session: Session, *, now: datetime) -> list[UUID]:
    """Return up to 50 orders that stand ready for too long, and whose customers chose not to have them held."""
    due = sa.select(_ORDERS.c.id).where(_is_no_show(now)).order_by(_ORDERS.c.ready_at).limit(BATCH)
    return list(session.scalars(due))


def settle_no_show(session: Session, *, order_id: UUID, now: datetime) -> bool:
    """End an order that nobody collected, once; tell whether it was done here. Nothing is due for it, nothing is
    refunded: it was made."""
    order = take_turn(session, order_id, _is_no_show(now))
    if order is None:
        return False
    step(session, order, State.NO_SHOW, actor="system", actor_id=None, reason=NOT_COLLECTED, now=now)
    return True


@on_placed_order
def remake_order(
    session: Session, *, order_id: UUID, customer_id: UUID, now: datetime, acting: Acting | None = None
) -> dict[str, Any]:
    """Make an order that was not collected once more, now that its customer is there: it goes back into preparation.

    Only where the customer chose that, once, while the store is open, and nothing in it came onto their avoid-list
    since. Raises NotFound, NothingToRemake, Avoided.
    """
    order = lock_order_of_customer(session, order_id, customer_id)
    may_remake = order["state"] == State.NO_SHOW and order["if_not_collected"] == "remake_once"
    store = store_queries.store_facts(session, order["store_id"])
    if not may_remake or order["remade_at"] is not None or now >= _expires_at(store, order, now) - GRACE:
        raise NothingToRemake(order["state"])
    said = preferences.said_by(session, customer_id=customer_id)
    crossed = crossed_by(said, [line["document"] for line in open_lines(session, order_id)])
    if crossed:
        raise refusal_of(crossed)
    code = free_code(session, order["store_id"], order["code"])
    session.execute(sa.update(_ORDERS).where(_ORDERS.c.id == order_id).values(remade_at=now, code=code))
    actor_id = doer(customer_id, acting)
    step(session, order, State.IN_PREPARATION, actor="customer", actor_id=actor_id, reason=None, now=now, acting=acting)
    return queries.order_of_customer(session, order_id=order_id, customer_id=customer_id)


def _expires_at(store: StoreFacts, order: Any, now: datetime) -> datetime:
    doors = availability(store, at=order["window_starts_at"], now=now)
    return expires_at(
        window_ends_at=order["window_ends_at"],
        # Where the hours changed since, and the window lies in none, the store closes no later than it ends.
        closes_at=doors.closes_at if doors.is_open else order["window_ends_at"],
        ready_at=order["ready_at"],
    )


def due_expiries(session: Session, *, now: datetime) -> list[UUID]:
    """Return the open orders whose store has closed, or whose window is too long ago (docs/after-placing.md)."""
    columns = (
        _ORDERS.c.id,
        _ORDERS.c.store_id,
        _ORDERS.c.window_starts_at,
        _ORDERS.c.window_ends_at,
        _ORDERS.c.ready_at,
    )
    overdue = sa.select(*columns).where(_IS_OPEN, _ORDERS.c.window_ends_at <= now - GRACE)
    page = overdue.order_by(_ORDERS.c.window_ends_at, _ORDERS.c.id).limit(_PAGE)
    due: list[UUID] = []
    stores: dict[UUID, StoreFacts] = {}  # one look at each store, however many orders it has
    rows = session.execute(page).mappings().all()
    while rows:
        for store_id in {row["store_id"] for row in rows} - stores.keys():
            stores[store_id] = store_queries.store_facts(session, store_id)
        due += [row["id"] for row in rows if _expires_at(stores[row["store_id"]], row, now) <= now]
        last = sa.tuple_(sa.literal(rows[-1]["window_ends_at"], _ORDERS.c.window_ends_at.type), rows[-1]["id"])
        rows = session.execute(page.where(sa.tuple_(_ORDERS.c.window_ends_at, _ORDERS.c.id) > last)).mappings().all()
    return due


def expire_order(session: Session, *, order_id: UUID, now: datetime) -> bool:
    """End an open order that was never finished or picked up, once, and free exactly what it holds; tell whether it
    was done here."""
    order = take_turn(session, order_id, _IS_OPEN, _ORDERS.c.window_ends_at.is_not(None))
    if order is None:
        return False
    store = store_queries.store_facts(session, order["store_id"])
    if _expires_at(store, order, now) > now:
        return False
    reason = NOT_COLLECTED if order["state"] == State.READY else NOT_FINISHED
    step(session, order, State.EXPIRED, actor="system", actor_id=None, reason=reason, now=now)
    return True
