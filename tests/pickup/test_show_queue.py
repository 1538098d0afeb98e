"""GET /v1/stores/{id}/queue."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from service import clock
from service.orders import actions
from tests.orders.shop import Shop

from .counter import Counter


def test_it_holds_what_is_fired_and_not_picked_up_in_the_order_to_start(counter: Counter) -> None:
    orders = [counter.shop.placed()["id"] for _ in range(4)]
    for order_id in reversed(orders[:3]):
        counter.shop.move(order_id, "fired")
    counter.shop.move(orders[1], "ready")
    counter.shop.move(orders[1], "picked_up")

    shown = counter.tickets()

    # Of those who share a slot, who claimed first is made last before the window: nobody's is made early.
    assert [ticket["order_id"] for ticket in shown] == [orders[2], orders[0]]
    assert shown[0]["next_actions"] == ["in_preparation", "ready", "rejected", "reject_lines"]


def test_a_line_shows_its_whole_modifier_tree_its_allergens_and_where_it_is_made(counter: Counter) -> None:
    shop = counter.shop
    counter.fired(shop.line(note="extra hot", quantity=2), shop.line(shop.croissant))

    (ticket,) = counter.tickets()
    drink, croissant = ticket["lines"]

    assert (drink["quantity"], drink["item"]["name"], drink["size"]["name"]) == (2, "Flat white", "Small")
    assert (drink["note"], drink["contains"]) == ("extra hot", ["milk"])
    assert [(each["name"], each["quantity"], each["is_chosen"]) for each in drink["modifiers"]] == [
        ("Whole milk", 1, False)
    ]
    assert [row["station"] for row in drink["stations"]] == ["bar"]
    assert [(row["station"], row["state"]) for row in croissant["stations"]] == [("oven", "waiting")]


def test_a_ticket_says_when_it_is_due_how_it_is_handed_over_and_what_is_to_pay(counter: Counter) -> None:
    order = counter.fired(pickup={"method": "curbside", "alias": "Maya"})

    (ticket,) = counter.tickets()

    assert (ticket["code"], ticket["alias"], ticket["method"]) == (order["code"], "Maya", "curbside")
    assert ticket["due_at"] == order["promise"]["window_starts_at"]
    assert ticket["to_pay"] == order["totals"]["total"]
    assert (ticket["rush"], ticket["arrived_at"], ticket["void"]) == (False, None, None)
    assert ticket["fired_at"] is not None


def test_what_the_customer_chose_away_is_named(counter: Counter) -> None:
    shop = counter.shop
    menu = shop.client.get(f"/v1/stores/{shop.store.id}/menu").json
    (item,) = (each for each in menu["items"] if each["id"] == str(shop.flat_white))
    milk = next(group for group in item["groups"] if group["key"] == "milk")
    oat = next(option for option in milk["options"] if option["name"] == "Oat drink")

    counter.fired(shop.line(modifiers=[{"option_id": oat["id"]}]))

    (line,) = counter.tickets()[0]["lines"]
    assert [(each["name"], each["is_chosen"]) for each in line["modifiers"]] == [("Oat drink", True)]
    assert line["without"] == []  # another milk took the default's place: nothing is missing


def test_held_back_orders_are_not_in_it_but_in_the_scheduled_drawer(counter: Counter) -> None:
    order = counter.shop.placed()

    assert counter.tickets() == []
    assert [ticket["order_id"] for ticket in counter.tickets("?view=scheduled")] == [order["id"]]
    counter.shop.move(order["id"], "fired")
    assert counter.tickets("?view=scheduled") == []


def test_a_station_sees_the_tickets_that_it_has_something_to_make_of(counter: Counter) -> None:
    shop = counter.shop
    both = counter.fired(shop.line(), shop.line(shop.croissant))
    counter.fired(shop.line())

    assert len(counter.tickets("?station=bar")) == 2
    assert [ticket["order_id"] for ticket in counter.tickets("?station=oven")] == [both["id"]]
    counter.bump(both["id"], station="oven")
    assert counter.tickets("?station=oven") == []
    assert len(counter.tickets()) == 2


def test_nothing_new_costs_no_body(counter: Counter) -> None:
    order = counter.fired()
    etag = counter.queue().headers["ETag"]

    same = counter.queue(headers=counter.barista | {"If-None-Match": etag})
    counter.shop.move(order["id"], "ready")
    changed = counter.queue(headers=counter.barista | {"If-None-Match": etag})

    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", etag)
    assert changed.status_code == 200


def test_an_order_that_left_the_queue_is_news_too(counter: Counter) -> None:
    order = counter.fired()
    counter.shop.move(order["id"], "ready")
    etag = counter.queue().headers["ETag"]
    counter.shop.move(order["id"], "picked_up")

    answer = counter.queue(headers=counter.barista | {"If-None-Match": etag})

    assert (answer.status_code, answer.json["data"]) == (200, [])


def test_it_comes_in_pages_and_a_pages_etag_is_its_own(counter: Counter) -> None:
    for _ in range(3):
        counter.fired()

    first = counter.queue("?limit=2")
    rest = counter.queue(
        f"?limit=2&cursor={first.json['next_cursor']}",
        headers=counter.barista | {"If-None-Match": first.headers["ETag"]},
    )

    assert (len(first.json["data"]), len(rest.json["data"])) == (2, 1)
    assert rest.json["next_cursor"] is None


@pytest.mark.parametrize("what", ["queue", "queue/all-day", "queue/settings"])
def test_only_the_stores_own_staff_see_it(shop: Shop, what: str) -> None:
    def status(headers: dict[str, str], store_id: UUID) -> int:
        return int(shop.client.get(f"/v1/stores/{store_id}/{what}", headers=headers).status_code)

    assert status({"X-Nobody": "1"}, shop.store.id) == 401
    assert status(shop.customer, shop.store.id) == 403
    assert status(shop.stranger, shop.store.id) == 403
    assert status(shop.barista, uuid4()) == 403
    assert status(shop.barista, shop.store.id) == 200


def move(shop: Shop, order_id: str, to: str, now: datetime) -> None:
    """Move an order at an instant."""
    actions.move_order(
        shop.session,
        order_id=UUID(order_id),
        store_ids=None,
        to=to,
        reason=None,
        actor_id=shop.store.id,
        now=now,
    )
    shop.session.commit()


def test_two_queues_of_one_length_and_one_last_change_are_not_taken_for_the_same(counter: Counter) -> None:
    shop = counter.shop
    first, second, at = shop.placed()["id"], shop.placed()["id"], clock.now()
    move(shop, first, "fired", at)
    move(shop, first, "ready", at)
    etag = counter.queue().headers["ETag"]
    move(shop, first, "picked_up", at)
    move(shop, second, "fired", at)

    answer = counter.queue(headers=counter.barista | {"If-None-Match": etag})

    assert answer.status_code == 200
    assert [ticket["order_id"] for ticket in answer.json["data"]] == [second]


@pytest.mark.parametrize("at", ["2026-01-01T00:00:00", "now", 7, None])
def test_a_cursor_that_was_never_given_is_refused(counter: Counter, at: Any) -> None:
    cursor = base64.urlsafe_b64encode(orjson.dumps([at, str(counter.shop.store.id)])).decode().rstrip("=")

    assert counter.queue(f"?cursor={cursor}").status_code == 422
    assert counter.queue('?cursor="').status_code == 422
    assert counter.queue("?station=roof").status_code == 422


def test_an_etag_that_a_proxy_made_weak_still_saves_the_body(counter: Counter) -> None:
    counter.fired()
    etag = counter.queue().headers["ETag"]

    assert counter.queue(headers=counter.barista | {"If-None-Match": f"W/{etag}"}).status_code == 304


def test_all_day_counts_what_is_still_to_be_made_by_item_and_modifiers(counter: Counter) -> None:
    shop = counter.shop
    first = counter.fired(shop.line(quantity=2), shop.line(shop.croissant))
    counter.fired(shop.line())

    def counts(query: str = "") -> list[tuple[int, str]]:
        shown = shop.client.get(f"/v1/stores/{shop.store.id}/queue/all-day{query}", headers=shop.barista).json["data"]
        return [(each["quantity"], each["item"]["name"]) for each in shown]

    assert counts() == [(3, "Flat white"), (1, "Croissant")]
    assert counts("?station=oven") == [(1, "Croissant")]
    counter.bump(first["id"], position=1)
    assert counts() == [(1, "Croissant"), (1, "Flat white")]
