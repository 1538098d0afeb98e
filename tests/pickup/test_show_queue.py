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

    # Of those who share a slot, who claimed first is made last before the window: nobody's is made early.
    assert [order["id"] for order in shown] == [orders[2], orders[0]]
    assert shown[0]["next_actions"] == ["in_preparation", "ready", "rejected", "reject_lines"]


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


def test_two_queues_of_one_length_and_one_last_change_are_not_taken_for_the_same(shop: Shop) -> None:
    first, second, at = shop.placed()["id"], shop.placed()["id"], clock.now()
    move(shop, first, "fired", at)
    etag = queue(shop).headers["ETag"]
    move(shop, first, "rejected", at)
    move(shop, second, "fired", at)

    answer = queue(shop, headers=shop.barista | {"If-None-Match": etag})

    assert answer.status_code == 200
    assert [order["id"] for order in answer.json["data"]] == [second]


@pytest.mark.parametrize("at", ["2026-01-01T00:00:00", "now", 7, None])
def test_a_cursor_that_was_never_given_is_refused(shop: Shop, at: Any) -> None:
    cursor = base64.urlsafe_b64encode(orjson.dumps([at, str(shop.store.id)])).decode().rstrip("=")

    assert queue(shop, f"?cursor={cursor}").status_code == 422
    assert queue(shop, '?cursor="').status_code == 422


def test_an_etag_that_a_proxy_made_weak_still_saves_the_body(shop: Shop) -> None:
    shop.move(shop.placed()["id"], "fired")
    etag = queue(shop).headers["ETag"]

    assert queue(shop, headers=shop.barista | {"If-None-Match": f"W/{etag}"}).status_code == 304
