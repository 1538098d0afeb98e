"""The time of an order whose lines change while it is waiting or being made: more seconds taken, or some given back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...stores.rules import StoreFacts
from .. import queries
from ..models import CapacityClaim, Order
from ..rules import promise
from ..rules.promise import Claim
from ..rules.states import State
from . import capacity

_CLAIMS: sa.Table = CapacityClaim.__table__  # type: ignore[assignment]
_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
Work = Mapping[str, int]


def swap_work(
    session: Session, order: Mapping[str, Any], store: StoreFacts, *, before: Work, after: Work, now: datetime
) -> bool:
    """Let the order hold the seconds of `after` in place of those of `before`; tell whether they could be had.

    What it needs more must be free before its window; where it is not, nothing changes.
    """
    more = {station: after[station] - before.get(station, 0) for station in after}
    more = {station: seconds for station, seconds in more.items() if seconds > 0}
    is_held = order["state"] == State.HELD  # it claims its time when its customer taps
    if more and not is_held and not _take(session, order, store, more, now):
        return False
    _remember(session, order, more)
    give_back_work(session, order, {station: before[station] - after.get(station, 0) for station in before})
    return True


def _remember(session: Session, order: Mapping[str, Any], more: Work) -> None:
    """Add to the order's own work (negative: take off); what a tap, or a promise that is late, is reckoned with."""
    making = session.execute(sa.select(_ORDERS.c.making).where(_ORDERS.c.id == order["id"])).scalar_one()
    work = {station: making["work"].get(station, 0) + more.get(station, 0) for station in {**making["work"], **more}}
    # One piece of it at most; which pieces the line had is not kept.
    longest = {station: min(seconds, making["longest"].get(station, seconds)) for station, seconds in work.items()}
    left = {station: seconds for station, seconds in work.items() if seconds > 0}
    changed = {**making, "work": left, "longest": {station: longest[station] for station in left}}
    session.execute(sa.update(_ORDERS).where(_ORDERS.c.id == order["id"]).values(making=changed))


def _take(session: Session, order: Mapping[str, Any], store: StoreFacts, work: Work, now: datetime) -> bool:
    window = order["window_starts_at"]
    if window <= now or any(not store.stations.get(station) for station in work):
        return False
    wanted, stations = promise.Work(work, work), promise.Stations(store.stations, store.walk_in_percent)
    since = promise.slot_of(max(now, window - wanted.reach(stations) * promise.SLOT))
    claimed = queries.claimed_seconds(session, store.id, from_at=since, until_at=window)
    plan = promise.promise_for(window, work=wanted, stations=stations, claimed=claimed, now=now)
    if plan is None or capacity.claim(session, store.id, plan.claims) is None:
        return False
    for claim in plan.claims:
        held = sa.and_(
            _CLAIMS.c.order_id == order["id"], _CLAIMS.c.station == claim.station, _CLAIMS.c.slot_at == claim.slot_at
        )
        grown = sa.update(_CLAIMS).where(held).values(seconds=_CLAIMS.c.seconds + claim.seconds)
        if session.connection().execute(grown).rowcount == 0:
            session.execute(capacity.INSERT_CLAIMS, capacity.claim_rows(order["id"], store.id, [claim]))
    if plan.fire_at < order["fire_at"] and order["fired_at"] is None:
        session.execute(sa.update(_ORDERS).where(_ORDERS.c.id == order["id"]).values(fire_at=plan.fire_at))
    return True


def give_back_work(session: Session, order: Mapping[str, Any], work: Work) -> None:
    """Free so many seconds of what the order holds at each station, the earliest first: what is left is made late
    rather than early. Never more than it holds."""
    _remember(session, order, {station: -seconds for station, seconds in work.items() if seconds > 0})
    left = dict(work)
    rows = session.execute(
        sa.select(_CLAIMS)
        .where(_CLAIMS.c.order_id == order["id"], _CLAIMS.c.station.in_([each for each in left if left[each] > 0]))
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
