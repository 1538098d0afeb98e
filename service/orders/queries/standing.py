"""Standing orders as they are shown, and the days to come."""

from __future__ import annotations

from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import NotFound
from ...preferences import queries as preferences
from ...stores import queries as stores
from ...stores.rules import StoreFacts
from ..models import StandingOrder, StandingOrderDay
from ..rules.basket import money
from ..rules.recurrence import read_recurrence
from ..rules.schedule import Coming, Schedule

_DAYS: sa.Table = StandingOrderDay.__table__  # type: ignore[assignment]
_SHOWN_DAYS = 10


def schedule_of(standing: StandingOrder) -> Schedule:
    """Return what a standing order says of its days."""
    return Schedule(
        recurrence=read_recurrence(standing.recurrence),
        starts_on=standing.starts_on,
        at=standing.at,
        skips=frozenset(date.fromisoformat(day) for day in standing.skips),
        paused_from=standing.paused_from,
        paused_until=standing.paused_until,
        done_on=standing.done_on,
    )


def standing_order_of(session: Session, *, customer_id: UUID, standing_order_id: UUID) -> StandingOrder:
    """Return one of the customer's standing orders. Raises NotFound."""
    standing = session.get(StandingOrder, standing_order_id)
    if standing is None or standing.customer_id != customer_id:
        raise NotFound("standing order")
    return standing


def standing_orders(session: Session, *, customer_id: UUID) -> list[dict[str, Any]]:
    """Return the customer's standing orders, the oldest first."""
    mine = sa.select(StandingOrder).where(StandingOrder.customer_id == customer_id).order_by(StandingOrder.id)
    return [_shown(each) for each in session.scalars(mine)]


def standing_order(session: Session, *, customer_id: UUID, standing_order_id: UUID) -> dict[str, Any]:
    """Return one of the customer's standing orders with what became of its last ten days. Raises NotFound."""
    standing = standing_order_of(session, customer_id=customer_id, standing_order_id=standing_order_id)
    days = sa.select(_DAYS).where(_DAYS.c.standing_order_id == standing_order_id)
    rows = session.execute(days.order_by(_DAYS.c.on_date.desc()).limit(_SHOWN_DAYS)).mappings()
    return {**_shown(standing), "days": [_day(row) for row in rows]}


def _shown(standing: StandingOrder) -> dict[str, Any]:
    pause = {"from_on": standing.paused_from, "until_on": standing.paused_until}
    return {
        "id": standing.id,
        "usual_id": standing.usual_id,
        "store_id": standing.store_id,
        "recurrence": standing.recurrence,
        "starts_on": standing.starts_on,
        "at": standing.at,
        "price_ceiling": money(standing.ceiling_minor, standing.ceiling_currency),
        "if_unmakeable": standing.if_unmakeable,
        "tenders": standing.tenders,
        "tip": standing.tip,
        "pause": pause if standing.paused_from is not None else None,
        "skips": sorted(standing.skips),
        "next_on": standing.next_on,
        "version": standing.version,
        "created_at": standing.created_at,
        "updated_at": standing.updated_at,
    }


def _day(row: Any) -> dict[str, Any]:
    detail = row["detail"] or {}
    return {
        "on": row["on_date"],
        "outcome": row["outcome"],
        "reason": row["reason"],
        "order_id": row["order_id"],
        "pickup_at": row["pickup_at"],
        "total": detail.get("total"),
        "lines": detail.get("lines"),
        "happened_at": row["happened_at"],
    }


def day_done(session: Session, *, standing_order_id: UUID, on: date) -> sa.Row[str, UUID | None] | None:
    """Return outcome and order of a day that something became of, None where nothing did."""
    wanted = sa.select(_DAYS.c.outcome, _DAYS.c.order_id)
    return session.execute(wanted.where(_DAYS.c.standing_order_id == standing_order_id, _DAYS.c.on_date == on)).first()


def upcoming(
    session: Session, *, customer_id: UUID, standing_order_id: UUID, limit: int, now: datetime
) -> dict[str, Any]:
    """Return the next days of the customer's standing order, also those that are left out. Raises NotFound."""
    standing = standing_order_of(session, customer_id=customer_id, standing_order_id=standing_order_id)
    store = store_of(session, standing)
    if store is None:
        return {"timezone": None, "data": []}
    coming = schedule_of(standing).coming(store, now=now)
    return {"timezone": store.timezone, "data": [_coming(each) for each in islice(coming, limit)]}


def _coming(each: Coming) -> dict[str, Any]:
    return {"on": each.on, "pickup_at": each.pickup_at, "place_at": each.place_at, "left_out": each.left_out}


def store_of(session: Session, standing: StandingOrder) -> StoreFacts | None:
    """Return the store of a standing order: its own, else its usual's; None where that is gone or names none."""
    store_id = standing.store_id or _store_of_usual(session, standing)
    try:
        return stores.store_facts(session, store_id) if store_id is not None else None
    except NotFound:
        return None


def _store_of_usual(session: Session, standing: StandingOrder) -> UUID | None:
    try:
        usual = preferences.usual_of(session, customer_id=standing.customer_id, usual_id=standing.usual_id)
    except NotFound:
        return None
    return usual.store_id
