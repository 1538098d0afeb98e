"""GET /v1/stores/{id}/queue."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.orders.shop import Shop


def queue(shop: Shop, query: str = "", headers: dict[str, str] | None = None) -> Any:
    """Read the shop's queue, as its barista unless told otherwise."""
    return shop.client.get(f"/v1/stores/{shop.store.id}/queue{query}", headers=headers or shop.barista)


def test_it_holds_what_is_fired_and_not_picked_up_in_the_order_to_start(shop: Shop) -> None:
    orders = [shop.placed()["id"] for _ in range(4)]
    for order_id in reversed(orders[:3]):
        shop.move(order_id, "fired")
    shop.move(orders[1], "ready")
    shop.move(orders[1], "picked_up")

    shown = queue(shop).json["data"]

    assert [order["id"] for order in shown] == [orders[0], orders[2]]
    assert shown[0]["next_actions"] == ["in_preparation", "ready", "rejected"]


def test_a_line_shows_its_whole_modifier_tree_and_its_allergens(shop: Shop) -> None:
    shop.move(shop.placed(shop.line(note="extra hot"))["id"], "fired")

    (order,) = queue(shop).json["data"]

    (line,) = order["lines"]
    assert (line["note"], line["contains"]) == ("extra hot", ["milk"])
    assert [modifier["option"]["name"] for modifier in line["modifiers"]] == ["Whole milk"]


def test_nothing_new_costs_no_body(shop: Shop) -> None:
    order = shop.placed()
    shop.move(order["id"], "fired")
    etag = queue(shop).headers["ETag"]

    same = queue(shop, headers=shop.barista | {"If-None-Match": etag})
    shop.move(order["id"], "ready")
    changed = queue(shop, headers=shop.barista | {"If-None-Match": etag})

    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", etag)
    assert changed.status_code == 200


def test_an_order_that_left_the_queue_is_news_too(shop: Shop) -> None:
    order = shop.placed()
    shop.move(order["id"], "fired")
    shop.move(order["id"], "ready")
    etag = queue(shop).headers["ETag"]
    shop.move(order["id"], "picked_up")

    answer = queue(shop, headers=shop.barista | {"If-None-Match": etag})

    assert (answer.status_code, answer.json["data"]) == (200, [])


def test_it_comes_in_pages_and_a_pages_etag_is_its_own(shop: Shop) -> None:
    for _ in range(3):
        shop.move(shop.placed()["id"], "fired")

    first = queue(shop, "?limit=2")
    rest = queue(
        shop,
        f"?limit=2&cursor={first.json['next_cursor']}",
        headers=shop.barista | {"If-None-Match": first.headers["ETag"]},
    )

    assert (len(first.json["data"]), len(rest.json["data"])) == (2, 1)
    assert rest.json["next_cursor"] is None


def test_only_the_stores_own_staff_see_it(shop: Shop) -> None:
    assert queue(shop, headers={"X-Nobody": "1"}).status_code == 401
    assert queue(shop, headers=shop.customer).status_code == 403
    assert queue(shop, headers=shop.stranger).status_code == 403
    assert shop.client.get(f"/v1/stores/{uuid4()}/queue", headers=shop.barista).status_code == 403
