"""Bumping, starting and recalling lines, stations and tickets, and undoing that.

The order's row is locked first, so two screens decide one after the other: the second finds done what the first did,
and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from ...errors import Invalid
from ...orders import actions as orders
from ...orders import queries as order_queries
from ...orders.errors import LinesChanged, TransitionRefused
from ...orders.rules.states import IN_QUEUE, OPEN, WAITING, State, targets
from .. import queries
from ..errors import NotToBeUndone
from ..models import Bump, LineStation
from ..rules import rows as rules
from ..rules.rows import Move, Row, RowState
from .facts import TicketTouched
from .marks import see_void
from .walk_ins import touch_walk_in, undo_walk_in_bump

_STATIONS: sa.Table = LineStation.__table__  # type: ignore[assignment]
_BUMPS: sa.Table = Bump.__table__  # type: ignore[assignment]

_INSERT = sa.insert(_STATIONS)
_UPDATE = sa.update(_STATIONS).where(
    _STATIONS.c.order_id == sa.bindparam("of_order"),
    _STATIONS.c.position == sa.bindparam("at_position"),
    _STATIONS.c.station == sa.bindparam("at_station"),
)
_LOG = sa.insert(_BUMPS)


def touch_ticket(
    session: Session,
    *,
    store_id: UUID,
    kind: str,
    order_id: UUID | None,
    position: int | None,
    station: str | None,
    by: UUID,
    now: datetime,
    walk_in_id: UUID | None = None,
    lines_since: datetime | None = None,
) -> dict[str, Any]:
    """Bump, start or recall (`kind`) a line, what is made at a station, or with neither the whole ticket; of an order,
    or of a walk-in as `touch_walk_in` does.

    `lines_since` is that of the ticket that was read: where lines changed since, nothing is done.

    All lines bumped makes the order ready, the first one touched takes it into preparation, and recalling part of a
    ready one takes it back there, to its old place. The bump of a voided ticket takes it off the queue. What is so
    already stays, and says so: `changed` is false and `id` None. Returns `id`, `changed`, `order_id`, `walk_in_id`,
    `version` and the `ticket`, None where it isn't in the queue. Raises NotFound, Invalid, LinesChanged,
    TransitionRefused.
    """
    what: dict[str, Any] = {"store_id": store_id, "position": position, "station": station, "by": by, "now": now}
    if walk_in_id is not None:
        return touch_walk_in(session, kind=kind, walk_in_id=walk_in_id, **what)
    if order_id is None:
        raise Invalid({"order_id": ["Name an order or a walk-in."]})
    return _touch_order(session, kind=kind, order_id=order_id, lines_since=lines_since, **what)


def _touch_order(
    session: Session,
    *,
    store_id: UUID,
    kind: str,
    order_id: UUID,
    position: int | None,
    station: str | None,
    by: UUID,
    now: datetime,
    lines_since: datetime | None,
) -> dict[str, Any]:
    order = orders.lock_order_to_make(session, order_id=order_id, store_id=store_id)
    state = State(order["state"])
    if state in WAITING:
        raise TransitionRefused(state.value, [each.value for each in targets("staff", state)])
    if state not in IN_QUEUE:
        return _of_ended(session, order, kind, by, now)
    lines = order_queries.lines_to_make(session, order_ids=[order_id])
    _check_seen(order, lines, lines_since)
    kept = queries.kept_rows(session, order_id=order_id)
    rows = queries.rows_of_lines(order, lines, kept)
    made = _moves(lines, rows, kind, position, station)
    after = rules.moved(rows, made)
    to = rules.state_asked_for(state, after)
    if not made and to is None:
        return _answer(session, order, None)
    _write(session, order, kept, after, made, by, now)
    order, bump_id = _follow(session, order, to, by, now), new_id()
    _log(session, bump_id, order, kind, made, by, now)
    return _answer(session, order, bump_id)


def undo_bump(session: Session, *, store_id: UUID, bump_id: UUID, by: UUID, now: datetime) -> dict[str, Any]:
    """Take back what one bump, start or recall did to a ticket; undoing it again changes nothing.

    An order that it made ready is in preparation again; one that it began stays begun, since orders go forward only.
    Returns as `touch_ticket`. Raises NotFound, NotToBeUndone, TransitionRefused.
    """
    wanted = sa.select(_BUMPS.c.order_id).where(_BUMPS.c.id == bump_id, _BUMPS.c.store_id == store_id)
    order_id = session.scalar(wanted)
    if order_id is None:
        return undo_walk_in_bump(session, store_id=store_id, bump_id=bump_id, by=by, now=now)
    order = orders.lock_order_to_make(session, order_id=order_id, store_id=store_id)
    # Read under the order's lock: another screen may have undone it meanwhile.
    bump = session.execute(sa.select(_BUMPS).where(_BUMPS.c.id == bump_id)).one()
    if bump.undone_at is not None:
        return _answer(session, order, None)
    state = State(order["state"])
    if state not in IN_QUEUE:
        raise TransitionRefused(state.value, [each.value for each in targets("staff", state)])
    kept = queries.kept_rows(session, order_id=order_id)
    rows = queries.rows_to_make(session, order, kept)
    made = [Move.of(entry).back() for entry in bump.rows]
    now_at = {(row.position, row.station): row.state for row in rows}
    if any(now_at.get((move.position, move.station)) != move.before for move in made):
        raise NotToBeUndone()
    after = rules.moved(rows, made)
    _write(session, order, kept, after, made, by, now)
    order = _follow(session, order, rules.state_asked_for(state, after), by, now)
    session.execute(sa.update(_BUMPS).where(_BUMPS.c.id == bump_id).values(undone_at=now, undone_by=by))
    _tell(session, order, "undo", made, now)
    return _answer(session, order, bump_id)


def _check_seen(order: Mapping[str, Any], lines: Sequence[sa.Row[Any]], lines_since: datetime | None) -> None:
    """Refuse what is about lines as they were before some of them changed: what was made is not what is there now."""
    since = rules.lines_since(order["fired_at"], [line.document for line in lines])
    if lines_since not in (None, since):
        raise LinesChanged(_changed(lines))


def _moves(
    lines: Sequence[sa.Row[Any]], rows: Sequence[Row], kind: str, position: int | None, station: str | None
) -> list[Move]:
    """Return what this changes. Whoever taps a line that was there a moment ago did nothing wrong: it is said to be
    gone, and to have never been there only where that is so."""
    try:
        return rules.moves(rows, kind, position=position, station=station)
    except Invalid:
        if gone := [each for each in _changed(lines) if position in (None, each)]:
            raise LinesChanged(gone) from None
        raise


def _changed(lines: Sequence[sa.Row[Any]]) -> list[int]:
    return [line.position for line in lines if "change" in line.document]


def _of_ended(session: Session, order: dict[str, Any], kind: str, by: UUID, now: datetime) -> dict[str, Any]:
    if kind == "bump":
        return _answer(session, *see_void(session, order, by=by, now=now))
    if kind == "recall":
        raise TransitionRefused(order["state"], [each.value for each in targets("staff", State(order["state"]))])
    return _answer(session, order, None)


def _write(
    session: Session,
    order: Mapping[str, Any],
    kept: Mapping[tuple[int, str], Mapping[str, Any]],
    after: Sequence[Row],
    made: Sequence[Move],
    by: UUID,
    now: datetime,
) -> None:
    """Keep where the rows stand; also those that were done only because their order was ready."""
    touched = {(move.position, move.station) for move in made}
    new, changed = [], []
    for row in after:
        key = (row.position, row.station)
        before = kept.get(key)
        if key not in touched and row.state == (before["state"] if before else RowState.WAITING):
            continue
        is_done = row.state is RowState.DONE
        values = {
            "state": row.state.value,
            "started_at": None if row.state is RowState.WAITING else (before and before["started_at"]) or now,
            "done_at": now if is_done else None,
            "done_by": by if is_done else None,
        }
        if before is None:
            new.append({"order_id": order["id"], "position": row.position, "station": row.station, **values})
        else:
            changed.append({"of_order": order["id"], "at_position": row.position, "at_station": row.station, **values})
    connection = session.connection()
    if new:
        connection.execute(_INSERT, new)
    if changed:
        connection.execute(_UPDATE, changed)


def _follow(session: Session, order: dict[str, Any], to: State | None, by: UUID, now: datetime) -> dict[str, Any]:
    """Let the order go where its rows ask it to; in any case it has a new version."""
    if to is None:
        return orders.note_progress(session, order, now=now)
    return orders.advance_order(session, order, to=to, actor_id=by, now=now)


def _log(
    session: Session, bump_id: UUID, order: Mapping[str, Any], kind: str, made: Sequence[Move], by: UUID, now: datetime
) -> None:
    rows = [move.kept() for move in made]
    session.execute(
        _LOG,
        {
            "id": bump_id,
            "store_id": order["store_id"],
            "order_id": order["id"],
            "kind": kind,
            "rows": rows,
            "by": by,
            "at": now,
        },
    )
    _tell(session, order, kind, made, now)


def _tell(session: Session, order: Mapping[str, Any], kind: str, made: Sequence[Move], now: datetime) -> None:
    events.record(
        session,
        TicketTouched(
            subject_id=order["id"],
            happened_at=now,
            store_id=order["store_id"],
            version=order["version"],
            kind=kind,
            rows=[{"position": m.position, "station": m.station, "state": m.after.value} for m in made],
        ),
    )


def _answer(session: Session, order: Mapping[str, Any], bump_id: UUID | None) -> dict[str, Any]:
    ticket = queries.ticket_of(session, order) if State(order["state"]) in OPEN else None
    return {
        "id": bump_id,
        "changed": bump_id is not None,
        "order_id": order["id"],
        "walk_in_id": None,
        "version": order["version"],
        "ticket": ticket,
    }
