"""How much of a store's time is taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import NotFound
from ...stores.rules import StoreFacts, availability
from ..models import CapacityClaim, CapacitySlot, Order, OrderLine, Quote
from ..rules import promise
from ..rules.promise import Stations, Work

LATEST = timedelta(days=7)
"""How far ahead an order may be scheduled."""

_SLOTS: sa.Table = CapacitySlot.__table__  # type: ignore[assignment]
_CLAIMS: sa.Table = CapacityClaim.__table__  # type: ignore[assignment]
_CLAIMED = sa.select(_SLOTS.c.station, _SLOTS.c.slot_at, _SLOTS.c.claimed_seconds).where(
    _SLOTS.c.store_id == sa.bindparam("store_id"),
    _SLOTS.c.slot_at >= sa.bindparam("from_at"),
    _SLOTS.c.slot_at < sa.bindparam("until_at"),
)
_HELD = sa.select(_CLAIMS.c.station, _CLAIMS.c.slot_at, _CLAIMS.c.seconds).where(
    _CLAIMS.c.order_id == sa.bindparam("order_id"), _CLAIMS.c.store_id == sa.bindparam("store_id")
)


def claimed_seconds(
    session: Session,
    store_id: UUID,
    *,
    from_at: datetime,
    until_at: datetime,
    but_of_order: UUID | None = None,
) -> dict[tuple[str, datetime], int]:
    """Return the claimed seconds by (station, slot), leaving out what one order holds itself."""
    rows = session.connection().execute(_CLAIMED, {"store_id": store_id, "from_at": from_at, "until_at": until_at})
    claimed = {(station, slot_at): seconds for station, slot_at, seconds in rows}
    if but_of_order is not None:
        for station, slot_at, seconds in session.execute(_HELD, {"order_id": but_of_order, "store_id": store_id}):
            if (station, slot_at) in claimed:
                claimed[station, slot_at] -= seconds
    return claimed


def pickup_windows(
    session: Session,
    store: StoreFacts,
    *,
    work: Work,
    from_at: datetime,
    hours: int,
    now: datetime,
) -> list[dict[str, Any]]:
    """Return the windows that can be promised for this work, the full ones left out; none where a station lacks."""
    if any(station not in store.stations for station in work.seconds):
        return []
    stations = Stations(store.stations, store.walk_in_percent)
    start = max(from_at, now, now + timedelta(seconds=work.longest_seconds()) - promise.WINDOW)
    until = min(start + timedelta(hours=hours), now + LATEST + timedelta(microseconds=1))
    since = promise.slot_of(max(now, start - work.reach(stations) * promise.SLOT))
    claimed = claimed_seconds(session, store.id, from_at=since, until_at=until)
    found = []
    for window in promise.windows(start, until):
        kept = promise.promise_for(window, work=work, stations=stations, claimed=claimed, now=now)
        if kept is not None and availability(store, at=window, now=now).takes_orders:
            found.append({"window_starts_at": kept.window_starts_at, "window_ends_at": kept.window_ends_at})
    return found


def work_of_quote(session: Session, *, quote_id: UUID, customer_id: UUID) -> Work:
    """Return the work of the customer's quote. Raises NotFound."""
    wanted = sa.select(Quote.plan).where(Quote.id == quote_id, Quote.customer_id == customer_id)
    plan = session.scalar(wanted)
    if plan is None:
        raise NotFound("quote")
    return work_planned(plan)


def work_planned(plan: Mapping[str, Any]) -> Work:
    """Return the work that a quote's plan holds."""
    # A quote that was made before plans told the longest piece of every station lives for minutes only.
    return Work(plan["work"], plan.get("longest", {}))


def held_items(session: Session, *, order_id: UUID, store_id: UUID) -> set[UUID]:
    """Return the counted items that an order holds at the store."""
    held = (
        sa.select(OrderLine.item_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.id == order_id, Order.store_id == store_id, OrderLine.counted_stock)
    )
    return set(session.scalars(held))
