"""The promise ledger of an order, and the walk-ins of a store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Order, OrderTransition, PromiseEntry, WalkIn
from ..rules.basket import money
from ..rules.promise import WINDOW
from ..rules.states import State

_ENTRIES: sa.Table = PromiseEntry.__table__  # type: ignore[assignment]
# A held order is promised its first window when its customer taps.
_PROMISED_AT = sa.select(sa.func.min(OrderTransition.happened_at)).where(
    OrderTransition.order_id == sa.bindparam("order_id"), OrderTransition.to_state.in_((State.PLACED, State.SCHEDULED))
)
_WALK_INS: sa.Table = WalkIn.__table__  # type: ignore[assignment]
_OF_WALK_IN = (
    "id",
    "store_id",
    "label",
    "state",
    "version",
    "work",
    "station_starts",
    "make_seconds_ahead",
    "expected_at",
    "registered_at",
    "ended_at",
)
MOST_WALK_INS = 200


def promise_ledger(session: Session, *, order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return all that was promised for an order (a document) and what became of it; empty before the first promise."""
    first_at = order["promise"]["first_window_starts_at"]
    if first_at is None:
        return []
    first = {
        "number": 1,
        "kind": "first",
        "window_starts_at": first_at,
        "window_ends_at": first_at + WINDOW,
        "accepts": None,
        "remedy": None,
        "given": None,
        "happened_at": session.scalar(_PROMISED_AT, {"order_id": order["id"]}) or order["placed_at"],
    }
    columns = [_ENTRIES.c.remedy_minor if name == "given" else _ENTRIES.c[name] for name in first]
    rows = session.execute(sa.select(*columns).where(_ENTRIES.c.order_id == order["id"]).order_by(_ENTRIES.c.number))
    return [first, *(_told(row, order["currency"]) for row in rows)]


def _told(row: sa.Row[Any], currency: str) -> dict[str, Any]:
    told = dict(row._mapping)
    given_minor = told.pop("remedy_minor")
    return {**told, "given": money(given_minor, currency) if given_minor is not None else None}


def remedies_due(session: Session) -> dict[UUID, tuple[int, str]]:
    """Return what missed promises gave in money, by order that isn't forgotten: minor units and currency."""
    gave = (
        sa.select(_ENTRIES.c.order_id, _ENTRIES.c.remedy_minor, Order.currency)
        .join(Order, Order.id == _ENTRIES.c.order_id)
        .where(_ENTRIES.c.remedy_minor.is_not(None), Order.forgotten_at.is_(None))
    )
    return {row.order_id: (row.remedy_minor, row.currency) for row in session.execute(gave)}


def is_proposal(session: Session, *, order_id: UUID, number: int) -> bool:
    """Tell whether the ledger of the order has this proposal."""
    wanted = sa.select(_ENTRIES.c.number).where(
        _ENTRIES.c.order_id == order_id, _ENTRIES.c.number == number, _ENTRIES.c.kind == "proposed"
    )
    return session.scalar(wanted) is not None


def proposals(session: Session, *, order_id: UUID) -> int:
    """Return how many windows were proposed for the order so far, whatever became of them."""
    wanted = sa.select(sa.func.count()).where(_ENTRIES.c.order_id == order_id, _ENTRIES.c.kind == "proposed")
    return session.scalar(wanted) or 0


def walk_ins(session: Session, *, store_id: UUID) -> list[dict[str, Any]]:
    """Return up to 200 of the store's walk-ins that are not ended, the first registered first: they end by
    themselves."""
    is_open = sa.and_(_WALK_INS.c.store_id == store_id, _WALK_INS.c.ended_at.is_(None))
    return [
        dict(row._mapping)
        for row in session.execute(
            sa.select(*(_WALK_INS.c[name] for name in _OF_WALK_IN))
            .where(is_open)
            .order_by(_WALK_INS.c.registered_at, _WALK_INS.c.id)
            .limit(MOST_WALK_INS)
        )
    ]


def listed_walk_in(walk_in: Mapping[str, Any]) -> dict[str, Any]:
    """Return a walk-in's row as it is listed."""
    return {name: walk_in[name] for name in _OF_WALK_IN}
