"""Bumping, starting and recalling walk-ins, and undoing that. Each has one row, which is locked first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import new_id
from ...errors import NotFound
from ...loyalty import actions as loyalty
from ...orders import actions as orders
from ...orders import queries as order_queries
from ...orders.errors import TransitionRefused
from ...orders.rules.states import WALK_IN_ENDED, State
from .. import queries
from ..errors import NotToBeUndone
from ..models import WalkInBump
from ..rules import rows as rules
from ..rules import walk_in as walk_ins
from ..rules.rows import Move

_BUMPS: sa.Table = WalkInBump.__table__  # type: ignore[assignment]


def register_walk_in(session: Session, *, store_id: UUID, by: UUID, now: datetime, **walk_in: Any) -> dict[str, Any]:
    """Register someone who ordered at the counter, as `orders.register_walk_in` does; return the walk-in as it is
    listed, with its `ticket`."""
    row = orders.register_walk_in(session, store_id=store_id, by=by, now=now, **walk_in)
    return {**order_queries.listed_walk_in(row), "ticket": queries.ticket_of_walk_in(session, row)}


def touch_walk_in(
    session: Session,
    *,
    store_id: UUID,
    kind: str,
    walk_in_id: UUID,
    position: int | None,
    station: str | None,
    by: UUID,
    now: datetime,
) -> dict[str, Any]:
    """Bump, start or recall (`kind`) a line of a walk-in, what is made at a station, or all of it.

    All of it bumped is handed over: it leaves the queue, and within half an hour a recall brings it back. What is so
    already stays. Returns as `touch_ticket`. Raises NotFound, Invalid, TransitionRefused.
    """
    walk_in = orders.lock_walk_in(session, store_id=store_id, walk_in_id=walk_in_id)
    if walk_in["ended_at"] is not None:
        if kind != "recall":
            return _answer(session, walk_in, None)
        _check_recallable(walk_in, now)
    rows = walk_ins.rows(walk_in)
    made = rules.moves(rows, kind, position=position, station=station)
    if not made:
        return _answer(session, walk_in, None)
    walk_in = _move(session, walk_in, rows, made, by, now)
    bump_id = new_id()
    entry = {"id": bump_id, "store_id": store_id, "walk_in_id": walk_in_id, "kind": kind, "by": by, "at": now}
    session.execute(sa.insert(_BUMPS), {**entry, "rows": [move.kept() for move in made]})
    return _answer(session, walk_in, bump_id)


def undo_walk_in_bump(session: Session, *, store_id: UUID, bump_id: UUID, by: UUID, now: datetime) -> dict[str, Any]:
    """Take back what one bump, start or recall did to a walk-in; undoing it again changes nothing.

    Returns as `touch_ticket`. Raises NotFound, NotToBeUndone, TransitionRefused.
    """
    wanted = sa.select(_BUMPS.c.walk_in_id).where(_BUMPS.c.id == bump_id, _BUMPS.c.store_id == store_id)
    walk_in_id = session.scalar(wanted)
    if walk_in_id is None:
        raise NotFound("bump")
    walk_in = orders.lock_walk_in(session, store_id=store_id, walk_in_id=walk_in_id)
    # Read under the walk-in's lock: another screen may have undone it meanwhile.
    bump = session.execute(sa.select(_BUMPS).where(_BUMPS.c.id == bump_id)).one()
    if bump.undone_at is not None:
        return _answer(session, walk_in, None)
    if walk_in["ended_at"] is not None:
        _check_recallable(walk_in, now)
    rows = walk_ins.rows(walk_in)
    made = [Move.of(entry).back() for entry in bump.rows]
    now_at = {(row.position, row.station): row.state for row in rows}
    if any(now_at.get((move.position, move.station)) != move.before for move in made):
        raise NotToBeUndone()
    walk_in = _move(session, walk_in, rows, made, by, now)
    session.execute(sa.update(_BUMPS).where(_BUMPS.c.id == bump_id).values(undone_at=now, undone_by=by))
    return _answer(session, walk_in, bump_id)


def show_card(session: Session, *, store_id: UUID, walk_in_id: UUID, number: str, by: UUID, now: datetime) -> None:
    """Note the loyalty card that somebody showed for a walk-in; half an hour after it was handed over it is too late.

    Raises NotFound, TransitionRefused, and as `loyalty.show_card` does.
    """
    walk_in = orders.lock_walk_in(session, store_id=store_id, walk_in_id=walk_in_id)
    if walk_in["ended_at"] is not None:
        _check_recallable(walk_in, now)
    loyalty.show_card(session, sale_id=walk_in_id, number=number, by=by, now=now)


def _check_recallable(walk_in: Mapping[str, Any], now: datetime) -> None:
    if walk_in["state"] != State.PICKED_UP or walk_in["ended_at"] < now - walk_ins.RECALLED_FOR:
        raise TransitionRefused(walk_in["state"], [])


def _move(
    session: Session,
    walk_in: Mapping[str, Any],
    rows: Sequence[rules.Row],
    made: Sequence[Move],
    by: UUID,
    now: datetime,
) -> dict[str, Any]:
    after = rules.moved(rows, made)
    kept = walk_ins.rows_kept(walk_in, after, now)
    return orders.move_walk_in(session, walk_in, to=walk_ins.state_of(after), rows=kept, by=by, now=now)


def _answer(session: Session, walk_in: Mapping[str, Any], bump_id: UUID | None) -> dict[str, Any]:
    is_over = State(walk_in["state"]) in WALK_IN_ENDED or walk_in["ended_at"] is not None
    return {
        "id": bump_id,
        "changed": bump_id is not None,
        "order_id": None,
        "walk_in_id": walk_in["id"],
        "version": walk_in["version"],
        "ticket": None if is_over else queries.ticket_of_walk_in(session, walk_in),
    }
