"""Counted stock: claimed with the order that takes it, never below zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...errors import NotFound
from ..errors import SoldOut
from ..models import MenuItem, StockCount
from .changes import Change, append_changes
from .facts import StockRanOut
from .upsert import insert_or_update

_STOCK: sa.Table = StockCount.__table__  # type: ignore[assignment]
_QUANTITY = sa.bindparam("quantity", type_=sa.Integer())
_THIS = sa.and_(
    _STOCK.c.store_id == sa.bindparam("of_store_id", type_=sa.Uuid()),
    _STOCK.c.item_id == sa.bindparam("of_item_id", type_=sa.Uuid()),
)
_CLAIM = (
    sa.update(_STOCK)
    .where(_THIS, _STOCK.c.units_left >= _QUANTITY)
    .values(units_left=_STOCK.c.units_left - _QUANTITY)
    .returning(_STOCK.c.units_left)
)
_RELEASE = (
    sa.update(_STOCK).where(_THIS).values(units_left=_STOCK.c.units_left + _QUANTITY).returning(_STOCK.c.units_left)
)
_IS_COUNTED = sa.select(_STOCK.c.item_id).where(_THIS)


def claim_stock(session: Session, *, store_id: UUID, quantities: Mapping[UUID, int], now: datetime) -> None:
    """Take units of items off the store's counted stock; items that it doesn't count are left alone.

    One conditional update per item, in primary-key order so that two orders never wait for each other in a ring.
    Where anything is short, roll the transaction back: other items may already be taken.
    Raises SoldOut naming every item that is short.
    """
    ran_out, short = [], []
    for item_id in sorted(quantities):
        this = {"of_store_id": store_id, "of_item_id": item_id}
        left = session.execute(_CLAIM, this | {"quantity": quantities[item_id]}).scalar()
        if left == 0:
            ran_out.append(item_id)
        elif left is None and session.execute(_IS_COUNTED, this).first() is not None:
            short.append(item_id)
    if short:
        raise SoldOut(short)
    if ran_out:
        append_changes(session, [Change("item", item_id) for item_id in ran_out], store_id=store_id, now=now)
        facts = [StockRanOut(subject_id=store_id, happened_at=now, item_id=item_id) for item_id in ran_out]
        events.record(session, *facts)


def lock_stock(session: Session, *taken: tuple[UUID, Iterable[UUID]]) -> None:
    """Lock the counts of the stores' items, in primary-key order, so that they can be changed in any order then."""
    of_stores = [
        sa.and_(_STOCK.c.store_id == store_id, _STOCK.c.item_id.in_(item_ids))
        for store_id, item_ids in ((store_id, list(items)) for store_id, items in taken)
        if item_ids
    ]
    if of_stores:
        locked = sa.select(_STOCK.c.item_id).where(sa.or_(*of_stores))
        session.execute(locked.order_by(_STOCK.c.store_id, _STOCK.c.item_id).with_for_update()).all()


def release_stock(session: Session, *, store_id: UUID, quantities: Mapping[UUID, int], now: datetime) -> None:
    """Put claimed units back; items that the store no longer counts are left alone."""
    back = []
    for item_id in sorted(quantities):
        quantity = quantities[item_id]
        this = {"of_store_id": store_id, "of_item_id": item_id, "quantity": quantity}
        if quantity and session.execute(_RELEASE, this).scalar() == quantity:
            back.append(item_id)
    append_changes(session, [Change("item", item_id) for item_id in back], store_id=store_id, now=now)


def count_stock(session: Session, *, store_id: UUID, item_id: UUID, left: int, now: datetime) -> StockCount:
    """Count an item at the store from now on: so many are left. Raises NotFound."""
    _require_item(session, item_id)
    insert_or_update(session, StockCount, {"store_id": store_id, "item_id": item_id}, {"units_left": left})
    append_changes(session, [Change("item", item_id)], store_id=store_id, now=now)
    return StockCount(store_id=store_id, item_id=item_id, units_left=left)


def stop_counting(session: Session, *, store_id: UUID, item_id: UUID, now: datetime) -> None:
    """Count the item no longer: it can be ordered without limit. Raises NotFound."""
    _require_item(session, item_id)
    statement = sa.delete(_STOCK).where(_STOCK.c.store_id == store_id, _STOCK.c.item_id == item_id)
    if session.connection().execute(statement).rowcount:
        append_changes(session, [Change("item", item_id)], store_id=store_id, now=now)


def _require_item(session: Session, item_id: UUID) -> None:
    live = sa.select(MenuItem.id).where(MenuItem.id == item_id, MenuItem.removed_at.is_(None))
    if session.execute(live).first() is None:
        raise NotFound("item")
