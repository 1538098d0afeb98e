"""Walk-ins take the next free seconds: they never push anyone back, and what is kept for them is theirs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service import clock
from service.errors import Invalid, NotFound
from service.events import OutboxRow
from service.http.edge import Edge
from service.orders import actions, queries
from service.orders.errors import CannotBeMadeHere
from service.orders.models import CapacitySlot
from service.orders.rules.promise import SLOT, next_slot, slot_of

from .shop import Shop
from .test_races import THREADS, all_at_once


def register(shop: Shop, *, now: datetime | None = None, **work: int) -> dict[str, Any]:
    """Register a walk-in; by default of a minute at the bar."""
    walk_in = actions.register_walk_in(
        shop.session, store_id=shop.store.id, work_seconds=work or {"bar": 60}, label="Ana", now=now or clock.now()
    )
    shop.session.commit()
    return walk_in


def claimed(shop: Shop) -> dict[tuple[str, datetime], int]:
    """Return the claimed seconds by station and slot, where there are any."""
    with shop.app.database.reading() as session:
        rows = session.execute(
            sa.select(CapacitySlot.station, CapacitySlot.slot_at, CapacitySlot.claimed_seconds).where(
                CapacitySlot.claimed_seconds > 0
            )
        )
        return {(row.station, row.slot_at): row.claimed_seconds for row in rows}


def test_a_walk_in_takes_the_next_free_seconds(shop: Shop) -> None:
    now = slot_of(clock.now()) + SLOT

    first = register(shop, now=now)
    second = register(shop, now=now)

    assert claimed(shop) == {("bar", now): 120}
    assert (first["make_seconds_ahead"], second["make_seconds_ahead"]) == (0, 30)
    assert [each["id"] for each in queries.walk_ins(shop.session, store_id=shop.store.id)] == [
        first["id"],
        second["id"],
    ]


def test_where_a_slot_is_full_the_rest_goes_into_the_next_one(app: Edge, session: Session) -> None:
    shop = Shop(app, session, stations={"bar": 1})
    now = slot_of(clock.now()) + SLOT

    register(shop, now=now, bar=240)
    walk_in = register(shop, now=now, bar=100)

    assert claimed(shop) == {("bar", now): 300, ("bar", now + SLOT): 40}
    assert walk_in["expected_at"] > now


def test_the_share_that_is_kept_for_them_is_what_no_order_may_claim_ahead(app: Edge, session: Session) -> None:
    shop = Shop(app, session, stations={"bar": 1, "oven": 1}, walk_in_percent=20)
    at = next_slot(clock.now()) + 2 * SLOT
    orders = [shop.place(shop.quote(pickup={"at": at.isoformat()}).json["id"]) for _ in range(8)]

    assert [order.status_code for order in orders] == [201] * 8  # 240 s of each of two slots
    assert shop.quote(pickup={"at": at.isoformat()}).json["type"] == "/problems/window-full"
    register(shop, now=at - 2 * SLOT, bar=120)

    assert set(claimed(shop).values()) == {300}


def test_what_they_hold_no_order_is_promised(app: Edge, session: Session) -> None:
    shop = Shop(app, session, stations={"bar": 1, "oven": 1})
    now = clock.now()
    for _ in range(4):
        register(shop, now=now, bar=300)

    quote = shop.quote().json

    assert datetime.fromisoformat(quote["promise"]["window_starts_at"]) > slot_of(now) + 4 * SLOT
    assert quote["make_seconds_ahead"] > 0


def test_one_who_is_served_gives_back_exactly_what_was_taken_and_once(shop: Shop) -> None:
    kept, ended = register(shop), register(shop, bar=60, oven=90)
    before = sum(claimed(shop).values())

    for _ in range(2):
        actions.end_walk_in(shop.session, store_id=shop.store.id, walk_in_id=ended["id"], now=clock.now())
        shop.session.commit()

    assert before - sum(claimed(shop).values()) == 150
    assert [each["id"] for each in queries.walk_ins(shop.session, store_id=shop.store.id)] == [kept["id"]]


def test_twenty_at_once_and_orders_beside_them_never_exceed_what_can_be_made(app: Edge, session: Session) -> None:
    shop = Shop(app, session, stations={"bar": 1, "oven": 1})
    quotes = [shop.quote().json["id"] for _ in range(THREADS)]

    def come(index: int) -> Any:
        if index % 2:
            return shop.place(quotes[index])
        with app.database.writing() as own:
            actions.register_walk_in(own, store_id=shop.store.id, work_seconds={"bar": 60}, label=None, now=clock.now())
            own.commit()
        return None

    all_at_once(come, THREADS)

    assert all(seconds <= 300 for seconds in claimed(shop).values())


def test_a_long_queue_is_taken_in_though_nothing_of_it_can_be_claimed(app: Edge, session: Session) -> None:
    shop = Shop(app, session, stations={"bar": 1})

    walk_in = register(shop, bar=5 * 3600)

    assert walk_in["expected_at"] > clock.now() + timedelta(hours=4)


def test_what_can_not_be_is_refused(shop: Shop) -> None:
    with pytest.raises(CannotBeMadeHere):
        register(shop, grill=10)
    with pytest.raises(Invalid):
        register(shop, bar=0)
    with pytest.raises(NotFound):
        actions.register_walk_in(shop.session, store_id=uuid4(), work_seconds={"bar": 1}, label=None, now=clock.now())
    with pytest.raises(NotFound):
        actions.end_walk_in(shop.session, store_id=shop.store.id, walk_in_id=uuid4(), now=clock.now())


def test_one_that_nobody_ends_is_ended_half_an_hour_after_it_was_expected(shop: Shop) -> None:
    walk_in = register(shop)
    expected_at = walk_in["expected_at"]

    shop.follow_up(expected_at + timedelta(minutes=29))
    assert queries.walk_ins(shop.session, store_id=shop.store.id)
    shop.session.rollback()

    for _ in range(2):
        shop.follow_up(expected_at + timedelta(minutes=30))

    assert queries.walk_ins(shop.session, store_id=shop.store.id) == []
    assert claimed(shop) == {}
    told = sa.select(sa.func.count()).where(OutboxRow.name == "WalkInEnded")
    assert shop.session.scalar(told) == 1
