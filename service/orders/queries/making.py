"""Orders as those who make them need them: parts of statements for the queue, which belongs to another package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Order, OrderAsk, OrderLine
from ..rules.states import IN_QUEUE, OPEN, WAITING, State

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_OF_ORDERS: sa.Table = OrderLine.__table__  # type: ignore[assignment]
_ASKED = sa.select(OrderAsk.position).where(
    OrderAsk.order_id == sa.bindparam("order_id"), OrderAsk.answered_at.is_(None)
)

_SHOWN = [
    _ORDERS.c[name]
    for name in (
        "id",
        "store_id",
        "code",
        "alias",
        "state",
        "version",
        "pickup_method",
        "window_starts_at",
        "window_ends_at",
        "fire_at",
        "making",
        "arrived_at",
        "fired_at",
        "ready_at",
        "ended_at",
        "end_reason",
        "total_minor",
        "paid_minor",
        "currency",
    )
]
_LINES = (
    sa.select(
        _OF_ORDERS.c.order_id,
        _OF_ORDERS.c.position,
        _OF_ORDERS.c.quantity,
        _OF_ORDERS.c.refunded_quantity,
        _OF_ORDERS.c.work,
        _OF_ORDERS.c.struck_at,
        _OF_ORDERS.c.document,
    )
    .where(_OF_ORDERS.c.order_id.in_(sa.bindparam("order_ids", expanding=True)))
    .order_by(_OF_ORDERS.c.order_id, _OF_ORDERS.c.position)
)


def _of_store_in(states: frozenset[State]) -> sa.Select[Any]:
    # In the statement's text, not bound: the index of open orders holds these states only. SQLite uses it where it
    # finds the index's own condition, too.
    among: list[sa.ColumnElement[bool]] = [
        sa.literal_column(f"state IN ({', '.join(repr(state.value) for state in sorted(some))})")
        for some in (OPEN, states)
    ]
    return sa.select(*_SHOWN).where(_ORDERS.c.store_id == sa.bindparam("store_id"), *among)


def orders_to_make(also: sa.Select[Any]) -> sa.Subquery:
    """Return the orders that the store `:store_id` was told to make and nobody picked up, and those that `also` names
    by their ids (ended ones): to select from in another statement."""
    ended = sa.select(*_SHOWN).where(_ORDERS.c.id.in_(also))
    return sa.union_all(_of_store_in(IN_QUEUE), ended).subquery("to_make")


def orders_waiting() -> sa.Subquery:
    """Return the orders that the store `:store_id` will be told to make: to select from in another statement."""
    return _of_store_in(WAITING).subquery("waiting")


def orders_of_store(session: Session, *, store_id: UUID, order_ids: Sequence[UUID]) -> Sequence[sa.Row[Any]]:
    """Return those of the orders that are the store's, in whatever state."""
    wanted = sa.select(*_SHOWN).where(_ORDERS.c.id.in_(order_ids), _ORDERS.c.store_id == store_id)
    return list(session.connection().execute(wanted))


def lines_to_make(session: Session, *, order_ids: Sequence[UUID]) -> Sequence[sa.Row[Any]]:
    """Return the lines of the orders with their seconds of `work` by station, in the order they were asked for."""
    return list(session.connection().execute(_LINES, {"order_ids": list(order_ids)})) if order_ids else []


def asked_lines(session: Session, *, order_id: UUID) -> set[int]:
    """Return the positions of the order's lines about which a question to its customer is open."""
    return set(session.execute(_ASKED, {"order_id": order_id}).scalars())
