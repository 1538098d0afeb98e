"""What the live streams of a store carry: changed tickets, a check that nothing was missed, the board."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...orders import queries as orders
from ...orders.rules.states import State
from .queue import OPEN, documents
from .settings import queue_settings

MOST_ON_BOARD = 100

_CHECK = sa.select(sa.func.count().label("tickets"), sa.func.coalesce(sa.func.sum(OPEN.c.version), 0).label("versions"))
_SHOWN = sa.select(OPEN.c.id).where(OPEN.c.id.in_(sa.bindparam("order_ids", expanding=True)))
_BOARD = sa.select(OPEN.c.kind, OPEN.c.code, OPEN.c.alias, OPEN.c.state, OPEN.c.fire_at, OPEN.c.ready_at).order_by(
    OPEN.c.fire_at, OPEN.c.id
)


def tickets_of(
    session: Session, store_id: UUID, order_ids: Collection[UUID], walk_in_ids: Collection[UUID] = ()
) -> list[dict[str, Any]]:
    """Return `order_id`, `walk_in_id`, `version` and `ticket` of those orders and walk-ins that are the store's; the
    ticket is None where it isn't in its queue, as before it is fired and after it was handed over."""
    rows: list[Any] = []
    shown: set[UUID] = set()
    if order_ids:
        rows += orders.orders_of_store(session, store_id=store_id, order_ids=list(order_ids))
        bound = {"store_id": store_id, "order_ids": list(order_ids)}
        shown |= set(session.connection().execute(_SHOWN, bound).scalars())
    if walk_in_ids:
        found = orders.walk_ins_of_store(session, store_id=store_id, walk_in_ids=list(walk_in_ids))
        shown |= {row.id for row in found if row.ended_at is None}
        rows += found
    return [
        {
            "order_id": str(row.id) if row.kind == "order" else None,
            "walk_in_id": str(row.id) if row.kind == "walk_in" else None,
            "version": row.version,
            "ticket": ticket if row.id in shown else None,
        }
        for row, ticket in zip(rows, documents(session, rows), strict=True)
    ]


def check_of(session: Session, store_id: UUID) -> dict[str, int]:
    """Return how many `tickets` the store's queue shows and the sum of their `versions`: a screen that counts
    otherwise has missed something."""
    row = session.connection().execute(_CHECK, {"store_id": store_id}).one()
    return {"tickets": int(row.tickets), "versions": int(row.versions)}


def board_of(session: Session, store_id: UUID) -> dict[str, Any]:
    """Return what the store is `preparing`, the first to be started first, and what is `ready`, the newest first: each
    by its code and the alias chosen for this order; `walk_ins` is how many who ordered at the counter are being made,
    whom nobody asked for a name to show. `clears_at` is when the board stops showing a ready one, whether
    it was picked up or not."""
    clears_after = timedelta(seconds=queue_settings(session, store_id=store_id)["board_clears_after_seconds"])
    rows = session.connection().execute(_BOARD, {"store_id": store_id}).all()
    walk_ins = sum(row.kind == "walk_in" for row in rows)
    preparing = [row for row in rows if row.kind == "order" and row.state in {State.FIRED, State.IN_PREPARATION}]
    ready = sorted((row for row in rows if row.state == State.READY), key=lambda row: row.ready_at, reverse=True)
    return {
        "walk_ins": walk_ins,
        "preparing": [{"code": row.code, "alias": row.alias} for row in preparing[:MOST_ON_BOARD]],
        "ready": [
            {
                "code": row.code,
                "alias": row.alias,
                "ready_at": row.ready_at,
                "clears_at": row.ready_at + clears_after,
            }
            for row in ready[:MOST_ON_BOARD]
        ],
    }
