"""POST /v1/orders."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import sqlalchemy as sa

from service import clock
from service.menu import actions as menu_actions
from service.menu.rules import chain
from service.orders.models import CapacityClaim, CapacitySlot, Order
from service.stores import actions as store_actions

from .shop import MENU, Shop


def test_a_quote_is_posted_exactly_as_it_was_shown(shop: Shop) -> None:
    quote = shop.quote(shop.line(quantity=2), shop.line(shop.croissant)).json

    order = shop.place(quote["id"]).json

    for shown in ("lines", "totals", "currency", "pickup", "store"):
        assert order[shown] == quote[shown]
    assert order["promise"]["window_starts_at"] == quote["promise"]["window_starts_at"]
    assert order["state"] == "placed"
    assert order["next_actions"] == ["change", "cancel"]


def test_the_answer_has_an_etag_of_the_orders_version(shop: Shop) -> None:
    assert shop.place().headers["ETag"] == '"1"'


def test_without_a_token_it_is_refused(shop: Shop) -> None:
    answer = shop.place(str(uuid4()), headers={"X-Nobody": "1"})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_without_an_idempotency_key_it_is_refused_by_name(shop: Shop) -> None:
    answer = shop.client.post(
        "/v1/orders", json={"quote_id": str(uuid4()), "client_order_id": "app-12345"}, headers=shop.customer
    )

    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["Idempotency-Key"]


def test_someone_elses_quote_is_not_found(shop: Shop) -> None:
    quote = shop.quote().json

    assert shop.place(quote["id"], headers=shop.other).status_code == 404


def test_the_same_key_replays_the_same_answer(shop: Shop) -> None:
    quote, name, key = shop.quote().json, "app-1234567", str(uuid4())

    first = shop.place(quote["id"], client_order_id=name, key=key)
    again = shop.place(quote["id"], client_order_id=name, key=key)

    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Idempotency-Replayed"] == "true"


def test_the_same_key_for_something_else_is_refused(shop: Shop) -> None:
    key = str(uuid4())
    shop.place(key=key)

    answer = shop.place(key=key)

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/idempotency-key-reused")


def test_a_refusal_is_replayed_too(shop: Shop) -> None:
    unknown, key = str(uuid4()), str(uuid4())

    first = shop.place(unknown, client_order_id="app-1234567", key=key)
    again = shop.place(unknown, client_order_id="app-1234567", key=key)

    assert first.status_code == 404
    assert again.data == first.data


def test_the_same_client_order_id_returns_the_first_order(shop: Shop) -> None:
    quote = shop.quote().json

    first = shop.place(quote["id"], client_order_id="app-1234567")
    again = shop.place(quote["id"], client_order_id="app-1234567")

    assert (again.status_code, again.json["id"]) == (201, first.json["id"])


def test_a_client_order_id_names_one_order_only(shop: Shop) -> None:
    first = shop.place(client_order_id="app-1234567")

    answer = shop.place(client_order_id="app-1234567")

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/client-order-id-taken")
    assert answer.json["order_id"] == first.json["id"]


def test_a_quote_is_placed_once(shop: Shop) -> None:
    quote = shop.quote().json
    shop.place(quote["id"])

    answer = shop.place(quote["id"])

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/quote-used")


def test_a_lost_answer_is_found_by_the_apps_own_id(shop: Shop) -> None:
    order = shop.place(client_order_id="app-1234567").json

    found = shop.client.get("/v1/me/orders/by-client-id/app-1234567", headers=shop.customer)
    unseen = shop.client.get("/v1/me/orders/by-client-id/app-7654321", headers=shop.customer)
    others = shop.client.get("/v1/me/orders/by-client-id/app-1234567", headers=shop.other)

    assert (found.status_code, found.json["id"]) == (200, order["id"])
    assert (unseen.status_code, others.status_code) == (404, 404)


def test_an_item_sold_out_meanwhile_is_refused_and_claims_nothing(shop: Shop) -> None:
    quote = shop.quote(shop.line(), shop.line(shop.croissant)).json
    menu_actions.mark_sold_out(
        shop.session, store_id=shop.store.id, kind="item", subject_id=shop.croissant, until=None, now=clock.now()
    )
    shop.session.commit()

    answer = shop.place(quote["id"])

    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert answer.json["type"] == "/problems/sold-out"
    assert answer.json["items"] == [str(shop.croissant)]
    assert answer.json["unavailable"][0]["path"] == "lines.1.item_id"
    assert _claimed(shop) == 0


def test_a_paused_store_is_refused(shop: Shop) -> None:
    quote = shop.quote().json
    store_actions.pause_ordering(shop.session, store_id=shop.store.id, until=None, reason="flood", now=clock.now())
    shop.session.commit()

    answer = shop.place(quote["id"])

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/store-paused")


def test_an_expired_quote_offers_a_new_one_that_can_be_placed(shop: Shop) -> None:
    quote = shop.quote().json
    shop.session.execute(sa.text("UPDATE quotes SET expires_at = created_at"))
    shop.session.commit()

    answer = shop.place(quote["id"])

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/quote-expired")
    assert shop.place(answer.json["quote"]["id"]).status_code == 201


def test_a_price_changed_meanwhile_is_named_and_the_new_quote_offered(shop: Shop) -> None:
    quote = shop.quote().json
    dearer = replace(MENU.items[0].sizes[0], prices=(chain.Price(currency="USD", amount_minor=425),))
    item = replace(MENU.items[0], sizes=(dearer, MENU.items[0].sizes[1]))
    menu_actions.load_menu(shop.session, replace(MENU, items=(item, MENU.items[1])), now=clock.now())
    shop.session.commit()

    answer = shop.place(quote["id"])

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/quote-outdated")
    changed = {entry["path"]: (entry["was"], entry["now"]) for entry in answer.json["differences"]}
    assert changed["lines.0.base_price.amount_minor"] == (400, 425)
    assert shop.place(answer.json["quote"]["id"]).json["totals"] == answer.json["quote"]["totals"]


def test_a_change_of_the_menu_that_touches_nothing_shown_does_not_matter(shop: Shop) -> None:
    quote = shop.quote().json
    _touch_menu(shop)

    assert shop.place(quote["id"]).status_code == 201


def test_an_order_claims_the_seconds_its_work_takes(shop: Shop) -> None:
    shop.placed(shop.line(quantity=2), shop.line(shop.croissant))

    claims = shop.session.execute(sa.select(CapacityClaim.station, CapacityClaim.seconds)).all()

    assert sorted(map(tuple, claims)) == [("bar", 120), ("oven", 90)]


def test_nothing_of_a_refused_order_is_left(shop: Shop) -> None:
    menu_actions.count_stock(shop.session, store_id=shop.store.id, item_id=shop.croissant, left=1, now=clock.now())
    shop.session.commit()
    quote = shop.quote(shop.line(shop.croissant, quantity=1)).json
    other = shop.quote(shop.line(shop.croissant, quantity=1)).json
    assert shop.place(quote["id"]).status_code == 201
    before = _claimed(shop)

    answer = shop.place(other["id"])

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/sold-out")
    assert _claimed(shop) == before
    assert shop.session.scalar(sa.select(sa.func.count()).select_from(Order)) == 1


def _claimed(shop: Shop) -> int:
    with shop.app.database.reading() as session:
        return int(session.scalar(sa.select(sa.func.coalesce(sa.func.sum(CapacitySlot.claimed_seconds), 0))) or 0)


def _touch_menu(shop: Shop) -> None:
    menu_actions.mark_sold_out(
        shop.session, store_id=shop.store.id, kind="item", subject_id=shop.croissant, until=None, now=clock.now()
    )
    shop.session.commit()
