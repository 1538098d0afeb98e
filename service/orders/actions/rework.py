"""The time of an order whose lines change while it is waiting or being made: more seconds taken, or some given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...stores import queries as store_queries
from ...stores.rules import StoreFacts
from .. import queries
from ..models import CapacityClaim, Order
from ..rules import making, promise
from ..rules.making import Work
from ..rules.promise import Claim
from ..rules.states import WAITING, State
from . import capacity

_CLAIMS: sa.Table = CapacityClaim.__table__  # type: ignore[assignment]
_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]


def lock_time(
    session: Session, order: Mapping[str, Any], store: StoreFacts, works: Sequence[Work], *, now: datetime
) -> None:
    """Lock all slots that the order holds, or that any of these works could be claimed in before its window, so that
    they can be touched in any order, and nobody takes them meanwhile; before any counted stock is touched."""
    reached: list[Claim] = []
    window = order["window_starts_at"]
    if window is not None:
        for work in works:
            wanted, stations = _wanted(store, work)
            reached += promise.reached(window, work=wanted, stations=stations, now=now)
    capacity.lock_slots(session, (store.id, reached), (store.id, capacity.claims_of(session, order["id"])))


def _wanted(store: StoreFacts, work: Work) -> tuple[promise.Work, promise.Stations]:
    there = {station: seconds for station, seconds in work.items() if store.stations.get(station)}
    return promise.Work(there, there), promise.Stations(store.stations, store.walk_in_percent)


def swap_work(
    session: Session, order: Mapping[str, Any], store: StoreFacts, *, before: Work, after: Work, now: datetime
) -> dict[str, Any] | None:
    """Let the order hold the seconds of `after` in place of those of `before`; return its columns that changed, None
    (and nothing is changed) where they could not be had. The caller has locked them (`lock_time`).

    What it needs more must be free before its window.
    """
    more = {station: seconds - before.get(station, 0) for station, seconds in after.items()}
    more = {station: seconds for station, seconds in more.items() if seconds > 0}
    # A held order claims its time when its customer taps.
    starts = _take(session, order, store, more, now) if more and order["state"] != State.HELD else {}
    if starts is None:
        return None
    less = {station: seconds - after.get(station, 0) for station, seconds in before.items()}
    return _rework(session, order, store, more=more, less=less, starts=starts, now=now)


def _take(
    session: Session, order: Mapping[str, Any], store: StoreFacts, work: Work, now: datetime
) -> Mapping[str, datetime] | None:
    """Claim seconds before the order's window; return when each of their stations starts, None where there are none."""
    window = order["window_starts_at"]
    wanted, stations = _wanted(store, work)
    if window <= now or wanted.seconds != work:
        return None
    since = promise.slot_of(max(now, window - wanted.reach(stations) * promise.SLOT))
    claimed = queries.claimed_seconds(session, store.id, from_at=since, until_at=window)
    plan = promise.promise_for(window, work=wanted, stations=stations, claimed=claimed, now=now)
    if plan is None or capacity.claim(session, store.id, plan.claims) is None:
        return None
    for claim in plan.claims:
        held = sa.and_(
            _CLAIMS.c.order_id == order["id"], _CLAIMS.c.station == claim.station, _CLAIMS.c.slot_at == claim.slot_at
        )
        grown = sa.update(_CLAIMS).where(held).values(seconds=_CLAIMS.c.seconds + claim.seconds)
        if session.connection().execute(grown).rowcount == 0:
            session.execute(capacity.INSERT_CLAIMS, capacity.claim_rows(order["id"], store.id, [claim]))
    return plan.station_starts


def give_back_work(session: Session, order: Mapping[str, Any], work: Work, *, now: datetime) -> dict[str, Any]:
    """Free so many seconds of what the order holds at each station; return its columns that changed."""
    store = store_queries.store_facts(session, order["store_id"])
    lock_time(session, order, store, (), now=now)
    return _rework(session, order, store, more={}, less=work, starts={}, now=now)


def _rework(
    session: Session,
    order: Mapping[str, Any],
    store: StoreFacts,
    *,
    more: Work,
    less: Work,
    starts: Mapping[str, datetime],
    now: datetime,
) -> dict[str, Any]:
    less = {station: seconds for station, seconds in less.items() if seconds > 0}
    _give_back(session, order, less)
    made = making.reworked(order["making"], more=more, less=less, starts=starts, makers=store.stations, now=now)
    changes: dict[str, Any] = {"making": made}
    if order["state"] in WAITING - {State.HELD}:
        changes["fire_at"] = making.fired_at(made, otherwise=order["fire_at"])
    session.execute(sa.update(_ORDERS).where(_ORDERS.c.id == order["id"]).values(changes))
    return changes


def _give_back(session: Session, order: Mapping[str, Any], work: Work) -> None:
    """Free so many seconds at each station, the earliest first: what is left is made late rather than early. Never
    more than the order holds."""
    left = dict(work)
    rows = session.execute(
        sa.select(_CLAIMS)
        .where(_CLAIMS.c.order_id == order["id"], _CLAIMS.c.station.in_(list(left)))
        .order_by(_CLAIMS.c.station, _CLAIMS.c.slot_at)
    ).all()
    back = []
    for row in rows:
        seconds = min(row.seconds, left[row.station])
        if seconds <= 0:
            continue
        left[row.station] -= seconds
        back.append(Claim(row.station, row.slot_at, seconds, 0))
        this = sa.and_(
            _CLAIMS.c.order_id == row.order_id, _CLAIMS.c.station == row.station, _CLAIMS.c.slot_at == row.slot_at
        )
        if seconds == row.seconds:
            session.execute(sa.delete(_CLAIMS).where(this))
        else:
            session.execute(sa.update(_CLAIMS).where(this).values(seconds=_CLAIMS.c.seconds - seconds))
    capacity.give_back(session, order["store_id"], back)
