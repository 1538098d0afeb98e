"""What changes between a quote and its placing: shown = posted, and nothing scarce is handed out twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service import clock
from service.errors import Refusal
from service.http.edge import Edge
from service.menu import actions as menu_actions
from service.menu.models import StockCount
from service.orders import actions
from service.orders.models import CapacityClaim, CapacitySlot, Order
from service.orders.rules.promise import SLOT, next_slot
from service.stores.models import Station, Store
from tests.factories import make_store

from .shop import MENU, Shop


def count_croissants(shop: Shop, left: int) -> None:
    """Say how many croissants are left."""
    menu_actions.count_stock(shop.session, store_id=shop.store.id, item_id=shop.croissant, left=left, now=clock.now())
    shop.session.commit()


def croissants_left(shop: Shop) -> int | None:
    """Return how many croissants are left."""
    with shop.app.database.reading() as session:
        return session.scalar(sa.select(StockCount.units_left))


def touch_menu(shop: Shop) -> None:
    """Change the store's menu in nothing that a flat white shows."""
    menu_actions.mark_sold_out(
        shop.session, store_id=shop.store.id, kind="item", subject_id=shop.croissant, until=None, now=clock.now()
    )
    shop.session.commit()


def quote_at(shop: Shop, now: datetime, *, wanted_at: datetime | None = None) -> dict[str, Any]:
    """Quote a flat white at an instant, for a customer of no account."""
    quote = actions.make_quote(
        shop.session,
        customer_id=shop.store.id,
        store_id=shop.store.id,
        lines=[{"item_id": shop.flat_white}],
        pickup={"method": None, "at": wanted_at},
        replaces_order_id=None,
        quote_seconds=300,
        now=now,
    )
    shop.session.commit()
    return quote


def place_at(shop: Shop, quote_id: str, now: datetime) -> Any:
    """Place a quote at an instant; return the order or the refusal."""
    try:
        return actions.place_order(
            shop.session,
            customer_id=shop.store.id,
            quote_id=UUID(quote_id),
            client_order_id="app-1234567",
            quote_seconds=300,
            now=now,
        )
    except Refusal as refusal:
        return refusal
    finally:
        shop.session.rollback()


def test_what_the_store_began_to_count_after_the_quote_is_not_oversold(shop: Shop) -> None:
    quotes = [shop.quote(shop.line(shop.croissant)).json["id"] for _ in range(3)]
    count_croissants(shop, 2)

    answers = [shop.place(quote) for quote in quotes]

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert croissants_left(shop) == 0


def test_what_was_counted_only_after_the_quote_is_given_back_all_the_same(shop: Shop) -> None:
    quote = shop.quote(shop.line(shop.croissant)).json
    count_croissants(shop, 2)
    order = shop.place(quote["id"]).json

    shop.cancel(order["id"])

    assert croissants_left(shop) == 2


def test_a_store_that_needs_a_lead_keeps_a_quote_through_a_change_of_its_menu(app: Edge, session: Session) -> None:
    shop = Shop(app, session, lead_minutes=10)
    made_at = next_slot(clock.now()) - timedelta(seconds=30)
    quote = quote_at(shop, made_at)
    touch_menu(shop)
    window = quote["promise"]["window_starts_at"]

    order = place_at(shop, quote["id"], made_at + timedelta(seconds=90))

    assert order["promise"]["window_starts_at"] == window == made_at + timedelta(minutes=10, seconds=30)


def test_fewer_makers_than_at_the_quote_are_not_overbooked(app: Edge, session: Session) -> None:
    shop = Shop(app, session, stations={"bar": 2, "oven": 1})
    at = (next_slot(clock.now()) + 2 * SLOT).isoformat()
    quote = shop.quote(shop.line(quantity=20), pickup={"at": at}).json  # all of both makers' two slots
    session.execute(sa.update(Station).where(Station.store_id == shop.store.id, Station.kind == "bar").values(makers=1))
    session.execute(sa.update(Store).where(Store.id == shop.store.id).values(version=Store.version + 1))
    session.commit()

    answer = shop.place(quote["id"])

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/window-full")
    assert session.scalar(sa.select(sa.func.count()).select_from(CapacityClaim)) == 0


def test_a_chosen_time_that_has_passed_is_told_as_that(shop: Shop) -> None:
    at = next_slot(clock.now())
    quote = quote_at(shop, at - timedelta(seconds=100), wanted_at=at)

    refusal = place_at(shop, quote["id"], at + timedelta(seconds=1))

    assert type(refusal).__name__ == "PickupTooSoon"


def test_a_piece_of_work_that_can_not_be_done_by_the_windows_end_is_not_promised_again(
    app: Edge, session: Session
) -> None:
    shop = Shop(app, session, stations={"bar": 20})
    slow = replace(MENU.items[0], work={"bar": 900})
    menu_actions.load_menu(session, replace(MENU, items=(slow, MENU.items[1])), now=clock.now())
    session.commit()
    at = next_slot(clock.now())
    quote = quote_at(shop, at - timedelta(seconds=200), wanted_at=at + 2 * SLOT)

    in_time = place_at(shop, quote["id"], at - timedelta(seconds=100))
    too_late = place_at(shop, quote["id"], at + timedelta(seconds=10))

    assert in_time["promise"]["window_starts_at"] == at + 2 * SLOT
    assert type(too_late).__name__ in {"WindowFull", "QuoteExpired"}


def test_a_quote_that_was_to_change_an_order_can_be_placed_as_one_of_its_own(app: Edge, session: Session) -> None:
    shop = Shop(app, session, stations={"bar": 1, "oven": 1})
    order = shop.placed(shop.line(quantity=5))
    quote = shop.quote(shop.line(quantity=5), replaces_order_id=order["id"]).json

    refused = shop.place(quote["id"])
    placed = shop.place(refused.json["quote"]["id"])

    assert (refused.status_code, placed.status_code) == (409, 201)
    assert placed.json["promise"]["window_starts_at"] > order["promise"]["window_starts_at"]


class TestChanging:
    def test_an_order_that_holds_the_last_one_can_still_be_changed(self, shop: Shop) -> None:
        count_croissants(shop, 1)
        order = shop.placed(shop.line(shop.croissant))
        later = (next_slot(clock.now()) + 12 * SLOT).isoformat()

        quote = shop.quote(shop.line(shop.croissant), replaces_order_id=order["id"], pickup={"at": later})
        changed = shop.change(order["id"], quote.json["id"])

        assert (quote.status_code, changed.status_code) == (201, 200)
        assert croissants_left(shop) == 0
        assert shop.quote(shop.line(shop.croissant)).status_code == 409

    def test_someone_elses_order_frees_no_time_and_is_not_confirmed(self, shop: Shop) -> None:
        order = shop.placed()

        answer = shop.quote(replaces_order_id=order["id"], headers=shop.other)

        assert answer.status_code == 404

    def test_at_another_store_it_takes_another_code_where_its_own_is_called_out_there(self, shop: Shop) -> None:
        order, there = shop.placed(), make_store(shop.session)
        other = shop.place(shop.quote(store_id=str(there.id), headers=shop.other).json["id"], headers=shop.other).json
        shop.session.execute(sa.update(Order).where(Order.id == UUID(other["id"])).values(code=order["code"]))
        shop.session.commit()

        changed = shop.change(order["id"], shop.quote(store_id=str(there.id), replaces_order_id=order["id"]).json["id"])

        assert changed.status_code == 200
        assert changed.json["code"] != order["code"]

    def test_at_another_store_its_money_zone_and_pickup_are_that_stores(self, shop: Shop) -> None:
        order = shop.placed()
        chatham = make_store(
            shop.session, timezone="Pacific/Chatham", currency="EUR", pickup_methods=("shelf",), country="NZ"
        )
        euro = tuple(
            replace(item, sizes=tuple(replace(s, prices=(replace(s.prices[0], currency="EUR"),)) for s in item.sizes))
            for item in MENU.items
        )
        both = tuple(
            replace(
                item,
                sizes=tuple(
                    replace(size, prices=(*size.prices, *other.prices))
                    for size, other in zip(item.sizes, in_euro.sizes, strict=True)
                ),
            )
            for item, in_euro in zip(MENU.items, euro, strict=True)
        )
        menu_actions.load_menu(shop.session, replace(MENU, items=both), now=clock.now())
        shop.session.commit()

        quote = shop.quote(store_id=str(chatham.id), replaces_order_id=order["id"]).json
        changed = shop.change(order["id"], quote["id"]).json

        assert (changed["currency"], changed["store"]["timezone"]) == ("EUR", "Pacific/Chatham")
        assert changed["pickup"] == {
            "method": "shelf",
            "source": {"kind": "store_default"},
            "alias": None,
            "if_not_collected": {"do": "hold", "source": {"kind": "store_default"}},
        }
        assert changed["totals"] == quote["totals"]
        with shop.app.database.reading() as session:
            claims = session.execute(sa.select(CapacityClaim.store_id, CapacityClaim.seconds)).all()
            taken = dict(session.execute(sa.select(CapacitySlot.store_id, sa.func.sum(CapacitySlot.claimed_seconds))
                         .group_by(CapacitySlot.store_id)).all())  # fmt: skip
        assert [tuple(claim) for claim in claims] == [(chatham.id, 60)]
        assert taken == {shop.store.id: 0, chatham.id: 60}


def test_an_order_made_early_frees_the_time_it_held_later(shop: Shop) -> None:
    order = shop.placed(pickup={"at": (next_slot(clock.now()) + 24 * SLOT).isoformat()})
    shop.move(order["id"], "fired")
    shop.move(order["id"], "ready")

    assert shop.session.scalar(sa.select(sa.func.sum(CapacitySlot.claimed_seconds))) == 0


class TestPickupTimes:
    def test_a_store_without_the_station_has_none_for_the_quote(self, shop: Shop) -> None:
        quote = shop.quote(shop.line(shop.croissant)).json
        bare = make_store(shop.session, stations={"bar": 1})

        answer = shop.client.get(f"/v1/stores/{bare.id}/pickup-times?quote_id={quote['id']}", headers=shop.customer)

        assert (answer.status_code, answer.json["data"]) == (200, [])

    def test_none_is_shown_further_ahead_than_can_be_ordered(self, shop: Shop) -> None:
        start = (datetime.now(UTC) + timedelta(days=6, hours=23)).isoformat().replace("+00:00", "Z")
        shown = shop.client.get(f"/v1/stores/{shop.store.id}/pickup-times?from={start}&hours=24").json["data"]

        last = shown[-1]["window_starts_at"]

        assert 11 <= len(shown) <= 12
        assert shop.quote(pickup={"at": last}).status_code == 201
