"""Orders and walk-ins as those who make them need them: parts of statements for the queue, which belongs to another
package."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Order, OrderAsk, OrderLine, WalkIn
from ..rules.states import IN_QUEUE, OPEN, WAITING, State
from .tenders import TOLD

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_OF_ORDERS: sa.Table = OrderLine.__table__  # type: ignore[assignment]
_WALK_INS: sa.Table = WalkIn.__table__  # type: ignore[assignment]
_ASKED = sa.select(OrderAsk.position).where(
    OrderAsk.order_id == sa.bindparam("order_id"), OrderAsk.answered_at.is_(None)
)

_OF_BOTH = [
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
_OF_WALK_INS = [_WALK_INS.c[name] for name in ("lines", "rows", "work", "station_starts")]


def _typed(value: str, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    # Of the column's own type: PostgreSQL reads a union like one table only where both sides have the same types.
    return sa.cast(sa.literal_column(value), column.type)


# An order and a walk-in, in the same columns: what one hasn't got is NULL there.
_SHOWN = [
    *_OF_BOTH,
    *(_typed("NULL", column).label(column.name) for column in _OF_WALK_INS),
    sa.cast(sa.literal_column("'order'"), sa.Text).label("kind"),
]
_AS_ORDER: dict[str, sa.ColumnElement[Any]] = {
    "alias": _WALK_INS.c.label,
    "fired_at": _WALK_INS.c.registered_at,
    "window_starts_at": _WALK_INS.c.expected_at,
    "pickup_method": _typed("'counter'", _ORDERS.c.pickup_method),
    **{name: _WALK_INS.c[name] for name in ("id", "store_id", "state", "version", "fire_at", "ended_at")},
}
_SHOWN_WALK_IN = [
    *(_AS_ORDER.get(column.name, _typed("NULL", column)).label(column.name) for column in _OF_BOTH),
    *_OF_WALK_INS,
    sa.cast(sa.literal_column("'walk_in'"), sa.Text).label("kind"),
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
    """Return the orders that the store `:store_id` was told to make and nobody picked up, those that `also` names by
    their ids (ended ones), and the walk-ins that are being made: to select from in another statement."""
    ended = sa.select(*_SHOWN).where(_ORDERS.c.id.in_(also))
    walk_ins = sa.select(*_SHOWN_WALK_IN).where(
        _WALK_INS.c.store_id == sa.bindparam("store_id"), _WALK_INS.c.ended_at.is_(None)
    )
    return sa.union_all(_of_store_in(IN_QUEUE), ended, walk_ins).subquery("to_make")


def orders_waiting() -> sa.Subquery:
    """Return the orders that the store `:store_id` will be told to make: to select from in another statement."""
    return _of_store_in(WAITING).subquery("waiting")


def orders_of_store(session: Session, *, store_id: UUID, order_ids: Sequence[UUID]) -> Sequence[sa.Row[Any]]:
    """Return those of the orders that are the store's, in whatever state, with their `tenders` as text."""
    wanted = sa.select(*_SHOWN, TOLD).where(_ORDERS.c.id.in_(order_ids), _ORDERS.c.store_id == store_id)
    return list(session.connection().execute(wanted))


def walk_ins_of_store(session: Session, *, store_id: UUID, walk_in_ids: Sequence[UUID]) -> Sequence[sa.Row[Any]]:
    """Return those of the walk-ins that are the store's, whether they are over or not."""
    wanted = sa.select(*_SHOWN_WALK_IN).where(_WALK_INS.c.id.in_(walk_in_ids), _WALK_INS.c.store_id == store_id)
    return list(session.connection().execute(wanted))


def walk_ins_handed_over(session: Session, *, store_id: UUID, since: datetime, limit: int) -> Sequence[sa.Row[Any]]:
    """Return the store's walk-ins that were handed over since the instant, the latest first."""
    over = sa.and_(_WALK_INS.c.store_id == store_id, _WALK_INS.c.ended_at >= since)
    wanted = sa.select(*_SHOWN_WALK_IN).where(over, _WALK_INS.c.state == State.PICKED_UP)
    return list(session.connection().execute(wanted.order_by(_WALK_INS.c.ended_at.desc()).limit(limit)))


def lines_to_make(session: Session, *, order_ids: Sequence[UUID]) -> Sequence[sa.Row[Any]]:
    """Return the lines of the orders with their seconds of `work` by station, in the order they were asked for."""
    return list(session.connection().execute(_LINES, {"order_ids": list(order_ids)})) if order_ids else []


def asked_lines(session: Session, *, order_id: UUID) -> set[int]:
    """Return the positions of the order's lines about which a question to its customer is open."""
    return set(session.execute(_ASKED, {"order_id": order_id}).scalars())


def changed_lines(session: Session, *, order_id: UUID) -> set[int]:
    """Return the positions of the order's lines that were taken out or replaced since it was placed."""
    lines = lines_to_make(session, order_ids=[order_id])
    return {line.position for line in lines if "change" in line.document}
