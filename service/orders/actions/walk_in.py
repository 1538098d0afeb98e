"""Walk-ins: who orders in the shop stands there, and their work takes the next free seconds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...db import Again, new_id, run_of
from ...errors import Invalid, NotFound
from ...stores import queries as store_queries
from .. import queries
from ..models import WalkIn
from ..rules import promise
from ..rules.aftermath import WALK_IN_STAYS
from ..rules.promise import HORIZON, Claim, Work
from . import capacity, planning
from .facts import WalkInEnded, WalkInRegistered

_WALK_INS: sa.Table = WalkIn.__table__  # type: ignore[assignment]
BATCH = 50


def register_walk_in(
    session: Session, *, store_id: UUID, work_seconds: Mapping[str, int], label: str | None, now: datetime
) -> dict[str, Any]:
    """Claim the next free seconds at each station for someone who ordered in the shop; return the walk-in.

    `work_seconds` by station. Nobody's claim gives way, so no promise suffers; the walk-ins' share of each slot is
    theirs. What finds no room within four hours is made, but not claimed. Raises NotFound, CannotBeMadeHere, Invalid.
    """
    wrong = {f"work_seconds.{station}": ["At least one second."] for station, each in work_seconds.items() if each < 1}
    if wrong or not work_seconds:
        raise Invalid(wrong or {"work_seconds": ["Name the seconds of at least one station."]})
    store = store_queries.store_facts(session, store_id)
    work = Work(dict(work_seconds), {})
    stations = planning.stations_of(store, work)
    slot_at = promise.slot_of(now)
    claimed = queries.claimed_seconds(session, store_id, from_at=slot_at, until_at=now + HORIZON)
    claims = promise.next_free(work, stations=stations, claimed=claimed, now=now)
    taken = capacity.claim(session, store_id, claims)
    if taken is None:
        if run_of(session)[1]:
            raise Again  # someone took some of them just now
        claims, taken = (), {}  # without a claim, nobody loses anything
    starts = promise.station_starts(claims, taken, work=work, makers=store.stations, now=now)
    ends = [starts[each.station] + timedelta(seconds=work.seconds[each.station]) for each in claims]
    row: dict[str, Any] = {
        "id": new_id(),
        "store_id": store_id,
        "label": label,
        "work": work.seconds,
        "station_starts": {station: starts.get(station, now) for station in work.seconds},
        "claims": [[each.station, each.slot_at, each.seconds] for each in claims],
        "make_seconds_ahead": promise.work_ahead(claims, claimed, makers=store.stations, now=now),
        "expected_at": max(ends, default=now + timedelta(seconds=max(work.seconds.values()))),
        "registered_at": now,
        "ended_at": None,
    }
    session.execute(sa.insert(_WALK_INS), row)
    registered = WalkInRegistered(
        subject_id=store_id, happened_at=now, walk_in_id=row["id"], label=label, expected_at=row["expected_at"]
    )
    events.record(session, registered)
    return {name: value for name, value in row.items() if name != "claims"}


def due_walk_ins(session: Session, *, now: datetime) -> list[tuple[UUID, UUID]]:
    """Return up to 50 walk-ins (store and id) that nobody ended though they were expected half an hour ago."""
    due = sa.select(_WALK_INS.c.store_id, _WALK_INS.c.id).where(
        _WALK_INS.c.ended_at.is_(None), _WALK_INS.c.expected_at <= now - WALK_IN_STAYS
    )
    return [(row.store_id, row.id) for row in session.execute(due.order_by(_WALK_INS.c.expected_at).limit(BATCH))]


def end_walk_in(session: Session, *, store_id: UUID, walk_in_id: UUID, now: datetime) -> bool:
    """Give back what a walk-in holds: it was handed over, or they went. Doing it again changes nothing; tell whether
    it was done here. Raises NotFound."""
    of_store = sa.and_(_WALK_INS.c.id == walk_in_id, _WALK_INS.c.store_id == store_id)
    row = session.execute(sa.select(_WALK_INS).where(of_store).with_for_update()).first()  # ended once
    if row is None:
        raise NotFound("walk-in")
    if row.ended_at is not None:
        return False
    held = [Claim(station, datetime.fromisoformat(slot_at), seconds, 0) for station, slot_at, seconds in row.claims]
    capacity.give_back(session, store_id, held)
    session.execute(sa.update(_WALK_INS).where(of_store).values(ended_at=now))
    events.record(session, WalkInEnded(subject_id=store_id, happened_at=now, walk_in_id=walk_in_id))
    return True
