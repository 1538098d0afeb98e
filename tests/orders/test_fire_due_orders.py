"""The worker fires what is due, whatever one order among them is like; and forgets the time that is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from service import clock, worker
from service.orders import actions
from service.orders.actions import capacity, move
from service.orders.models import CapacityClaim, CapacitySlot
from service.orders.rules.promise import SLOT

from .shop import Shop

LATER = timedelta(hours=1)


def make_unfirable(monkeypatch: pytest.MonkeyPatch, *order_ids: str) -> None:
    """Let firing these orders fail, as a reaction to it might."""
    step = move.step

    def fails(session: Any, order: Mapping[str, Any], *args: Any, **rest: Any) -> Any:
        if str(order["id"]) in order_ids:
            session.execute(sa.text("SELECT nothing FROM nowhere"))
        return step(session, order, *args, **rest)

    monkeypatch.setattr(move, "step", fails)


def fire(shop: Shop) -> int:
    """Fire what is due in an hour."""
    fired = actions.fire_due_orders(shop.session, now=clock.now() + LATER)
    shop.session.commit()
    return fired


def test_an_order_that_can_not_be_fired_holds_up_no_other(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [shop.placed()["id"] for _ in range(4)]
    make_unfirable(monkeypatch, orders[1])

    assert fire(shop) == 3
    assert [shop.show(each).json["state"] for each in orders] == ["fired", "placed", "fired", "fired"]


def test_a_whole_batch_of_them_holds_up_no_other(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(move, "BATCH", 2)
    orders = [shop.placed()["id"] for _ in range(5)]
    make_unfirable(monkeypatch, *orders[:4])

    assert fire(shop) == 1
    assert fire(shop) == 0
    assert shop.show(orders[4]).json["state"] == "fired"


def test_slots_that_are_over_are_forgotten_in_bites_with_the_claims_nobody_gave_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity, "SLOTS_AT_ONCE", 2)
    old, kept = shop.placed(), shop.placed()
    slot_at = clock.now() - timedelta(days=2)
    shop.session.execute(
        sa.update(CapacityClaim).where(CapacityClaim.order_id == UUID(old["id"])).values(slot_at=slot_at)
    )
    shop.session.execute(
        sa.insert(CapacitySlot),
        [
            {
                "store_id": shop.store.id,
                "station": "bar",
                "slot_at": slot_at - number * SLOT,
                "claimed_seconds": 60,
                "capacity_seconds": 600,
            }
            for number in range(5)
        ],
    )
    shop.session.commit()

    worker.Worker(shop.app.database, {}).work_once(clock.now())

    with shop.app.database.reading() as session:
        assert session.scalars(sa.select(CapacityClaim.order_id)).all() == [UUID(kept["id"])]
        assert all(at > slot_at for at in session.scalars(sa.select(CapacitySlot.slot_at)))
