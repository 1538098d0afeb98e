"""POST /v1/orders/{order_id}/changes: a quote is used once, and every step is kept."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from service import clock
from service.orders.rules.promise import SLOT, next_slot

from .shop import Shop


def test_the_quote_that_was_placed_stays_used_when_the_order_changes(shop: Shop) -> None:
    first = shop.quote().json["id"]
    order = shop.place(first).json
    other = shop.quote(shop.line(quantity=2), replaces_order_id=order["id"]).json["id"]
    assert shop.change(order["id"], other).status_code == 200

    again = shop.place(first)

    assert (again.status_code, again.json["type"]) == (409, "/problems/quote-used")


def test_a_lost_answer_of_the_placing_is_found_also_after_a_change(shop: Shop) -> None:
    first = shop.quote().json["id"]
    order = shop.place(first, client_order_id="one-of-mine").json
    other = shop.quote(shop.line(quantity=2), replaces_order_id=order["id"]).json["id"]
    changed = shop.change(order["id"], other).json

    again = shop.place(first, client_order_id="one-of-mine")

    assert (again.status_code, again.json["id"], again.json["totals"]) == (201, order["id"], changed["totals"])


def test_a_quote_changes_an_order_once(shop: Shop) -> None:
    order = shop.placed()
    quote = shop.quote(shop.line(quantity=2), replaces_order_id=order["id"]).json["id"]
    shop.change(order["id"], quote)

    assert shop.change(order["id"], quote).json["type"] == "/problems/quote-used"


def test_a_quote_changes_an_order_once_also_when_sent_twenty_times_at_once(shop: Shop) -> None:
    order = shop.placed()
    quote = shop.quote(shop.line(quantity=2), replaces_order_id=order["id"]).json["id"]

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: shop.change_apart(order["id"], quote).status_code, range(20)))

    assert Counter(answers) == {200: 1, 409: 19}
    assert shop.show(order["id"]).json["version"] == 2


def test_a_quote_is_for_what_it_was_made_for(shop: Shop) -> None:
    order = shop.placed()
    to_place = shop.quote().json["id"]
    to_change = shop.quote(replaces_order_id=order["id"]).json["id"]

    changed, placed = shop.change(order["id"], to_place), shop.place(to_change)

    assert (changed.status_code, list(changed.json["errors"])) == (422, ["quote_id"])
    assert (placed.status_code, placed.json["type"]) == (409, "/problems/quote-outdated")
    assert shop.place(placed.json["quote"]["id"]).status_code == 201


def test_a_change_between_soon_and_a_chosen_time_is_a_step_of_the_orders_life(shop: Shop) -> None:
    order = shop.placed()
    later = {"at": (next_slot(clock.now()) + 12 * SLOT).isoformat()}
    for basket in ({"pickup": later}, {"pickup": later, "lines": 2}, {}):
        lines = [shop.line()] * int(basket.pop("lines", 1))
        quote = shop.quote(*lines, replaces_order_id=order["id"], **basket).json
        assert shop.change(order["id"], quote["id"]).status_code == 200

    receipt = shop.client.get(f"/v1/orders/{order['id']}/receipt", headers=shop.customer).json

    steps = [(step["state"], step["by"]) for step in receipt["steps"]]
    assert steps == [("placed", "customer"), ("scheduled", "customer"), ("placed", "customer")]
