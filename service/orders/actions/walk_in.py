"""Walk-ins: who orders in the shop stands there, and their work takes the next free seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...db import Again, new_id, run_of
from ...errors import Invalid, NotFound
from ...menu import actions as menu_actions
from ...menu import queries as menu_queries
from ...menu.rules import line_requests
from ...preferences.rules.alias import check_name
from ...stores import queries as store_queries
from ...stores.rules import StoreFacts
from .. import queries
from ..models import WalkIn
from ..rules import basket, promise
from ..rules import walk_in as rules
from ..rules.aftermath import WALK_IN_STAYS
from ..rules.basket import Priced
from ..rules.promise import HORIZON, Claim, Slots, Work
from ..rules.states import WALK_IN_ENDED, State
from . import capacity, planning
from .facts import WalkInEnded, WalkInRegistered, WalkInTouched

_WALK_INS: sa.Table = WalkIn.__table__  # type: ignore[assignment]
BATCH = 50


def register_walk_in(
    session: Session,
    *,
    store_id: UUID,
    work_seconds: Mapping[str, int],
    label: str | None,
    now: datetime,
    lines: Sequence[Mapping[str, Any]] = (),
    walk_in_id: UUID | None = None,
    by: UUID | None = None,
) -> dict[str, Any]:
    """Claim the next free seconds at each station for someone who ordered in the shop; return the walk-in's row.

    `lines` from the menu, as in a basket; `work_seconds` by station for what isn't on it. Counted units are taken.
    Nobody's claim gives way, so no promise suffers; the walk-ins' share of each slot is theirs. What finds no room
    within four hours is made, but not claimed. `walk_in_id` is chosen where what is done to it is sent after it.
    Raises NotFound, CannotBeMadeHere, SoldOut, NotAvailableNow, Invalid.
    """
    rules.check_work(work_seconds, lines)
    if label is not None:
        label = check_name(label, field="label", most=rules.MOST_OF_LABEL)
    if walk_in_id is not None and session.get(WalkIn, walk_in_id) is not None:
        raise Invalid({"id": ["There is one with this id already."]})
    store, priced = _resolved(session, store_id, lines, now)
    work = rules.work_of(priced, work_seconds)
    claims, taken, claimed = _claim(session, store, work, now)
    stock = priced.stock() if priced is not None else {}
    menu_actions.claim_stock(session, store_id=store_id, quantities=stock, now=now)
    starts = promise.station_starts(claims, taken, work=work, makers=store.stations, now=now)
    station_starts = {station: starts.get(station, now) for station in work.seconds}
    row: dict[str, Any] = {
        "id": walk_in_id or new_id(),
        "store_id": store_id,
        "label": label,
        "state": State.FIRED.value,
        "version": 1,
        "work": work.seconds,
        "lines": rules.lines_kept(priced, work_seconds, store.currency),
        "rows": [],
        "stock": {str(item_id): units for item_id, units in stock.items()},
        "station_starts": station_starts,
        "claims": [[each.station, each.slot_at, each.seconds] for each in claims],
        "make_seconds_ahead": promise.work_ahead(claims, claimed, makers=store.stations, now=now),
        "fire_at": min(station_starts.values(), default=now),
        "expected_at": rules.expected_at(claims, starts, work, now),
        "registered_at": now,
        "registered_by": by,
        "ended_at": None,
        "ended_by": None,
    }
    session.execute(sa.insert(_WALK_INS), row)
    events.record(session, WalkInRegistered(**_about(row, now), label=label, expected_at=row["expected_at"]))
    return row


def _resolved(
    session: Session, store_id: UUID, lines: Sequence[Mapping[str, Any]], now: datetime
) -> tuple[StoreFacts, Priced | None]:
    if not lines:
        return store_queries.store_facts(session, store_id), None
    store, menu = menu_queries.store_and_menu(session, store_id)
    requests = line_requests(lines)
    resolved = basket.resolve(menu, requests, at=now, timezone=store.timezone, country=store.country)
    return store, basket.price(resolved, store)


def _claim(session: Session, store: StoreFacts, work: Work, now: datetime) -> tuple[Sequence[Claim], Slots, Slots]:
    """Return what could be claimed, what is claimed in those slots now, and what was claimed before."""
    stations = planning.stations_of(store, work)
    claimed = queries.claimed_seconds(session, store.id, from_at=promise.slot_of(now), until_at=now + HORIZON)
    claims: Sequence[Claim] = promise.next_free(work, stations=stations, claimed=claimed, now=now)
    taken = capacity.claim(session, store.id, claims)
    if taken is None:
        if run_of(session)[1]:
            raise Again  # someone took some of them just now
        claims, taken = (), {}  # without a claim, nobody loses anything
    return claims, taken, claimed


def lock_walk_in(session: Session, *, store_id: UUID, walk_in_id: UUID) -> dict[str, Any]:
    """Return the store's walk-in, locked: two screens must decide one after the other. Raises NotFound."""
    of_store = sa.and_(_WALK_INS.c.id == walk_in_id, _WALK_INS.c.store_id == store_id)
    row = session.execute(sa.select(_WALK_INS).where(of_store).with_for_update()).first()
    if row is None:
        raise NotFound("walk-in")
    return dict(row._mapping)


def move_walk_in(
    session: Session,
    walk_in: Mapping[str, Any],
    *,
    to: State,
    now: datetime,
    by: UUID | None = None,
    rows: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Keep where a locked walk-in is now, and where its `rows` stand; return its row then.

    One that ends gives back the seconds it held, and holds none where it is brought back: they may be others' by then.
    Counted units go back where it is cancelled and nothing of it was begun.
    """
    ends = to in WALK_IN_ENDED
    if ends and walk_in["ended_at"] is None:
        held = [Claim(station, _instant(at), seconds, 0) for station, at, seconds in walk_in["claims"]]
        capacity.give_back(session, walk_in["store_id"], held)
    if to is State.CANCELLED and walk_in["state"] == State.FIRED:
        # Before it is told: who reacts locks members, and units come before these (docs/payments.md, "Locks").
        stock = {UUID(item_id): units for item_id, units in walk_in["stock"].items()}
        menu_actions.release_stock(session, store_id=walk_in["store_id"], quantities=stock, now=now)
    changes: dict[str, Any] = {
        "state": to.value,
        "version": walk_in["version"] + 1,
        "rows": list(walk_in["rows"] if rows is None else rows),
        "claims": [] if ends or walk_in["ended_at"] is not None else walk_in["claims"],
        "ended_at": now if ends else None,
        "ended_by": by if ends else None,
    }
    session.execute(sa.update(_WALK_INS).where(_WALK_INS.c.id == walk_in["id"]).values(changes))
    moved = {**walk_in, **changes}
    events.record(session, (WalkInEnded if ends else WalkInTouched)(**_about(moved, now), state=to.value))
    return moved


def cancel_walk_in(session: Session, *, store_id: UUID, walk_in_id: UUID, by: UUID, now: datetime) -> None:
    """Take a walk-in off the queue: they went. One that is over already stays as it is. Raises NotFound."""
    walk_in = lock_walk_in(session, store_id=store_id, walk_in_id=walk_in_id)
    if walk_in["ended_at"] is None:
        move_walk_in(session, walk_in, to=State.CANCELLED, by=by, now=now)


def due_walk_ins(session: Session, *, now: datetime) -> list[tuple[UUID, UUID]]:
    """Return up to 50 walk-ins (store and id) that nobody ended though they were expected half an hour ago."""
    due = sa.select(_WALK_INS.c.store_id, _WALK_INS.c.id).where(
        _WALK_INS.c.ended_at.is_(None), _WALK_INS.c.expected_at <= now - WALK_IN_STAYS
    )
    return [(row.store_id, row.id) for row in session.execute(due.order_by(_WALK_INS.c.expected_at).limit(BATCH))]


def end_walk_in(session: Session, *, store_id: UUID, walk_in_id: UUID, now: datetime) -> bool:
    """Take a walk-in that nobody ended for handed over. Doing it again changes nothing; tell whether it was done here.
    Raises NotFound."""
    walk_in = lock_walk_in(session, store_id=store_id, walk_in_id=walk_in_id)
    if walk_in["ended_at"] is not None:
        return False
    move_walk_in(session, walk_in, to=State.PICKED_UP, now=now)
    return True


def _about(walk_in: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    members = {name: walk_in[name] for name in ("store_id", "version")}
    return {"subject_id": walk_in["id"], "happened_at": now, **members}


def _instant(at: datetime | str) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)
