"""A usual, or an order, asked for once more: a quote, and how each line differs."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from service import clock
from service.menu import actions as menu_actions
from service.orders.models import OrderLine
from tests.factories import make_store
from tests.preferences.test_usuals import save
from tests.preferences.voice import OAT, Voice

from .shop import MENU, Shop
from .test_reject_lines import policy


@pytest.fixture
def voice(shop: Shop) -> Voice:
    """The shop's customer."""
    return Voice(shop, shop.customer)


def again(shop: Shop, usual: dict[str, Any], **body: Any) -> Any:
    """Quote a usual."""
    return shop.client.post(f"/v1/me/usuals/{usual['id']}/quote", json=body, headers=shop.customer)


def reorder(shop: Shop, order: dict[str, Any], headers: dict[str, str] | None = None, **body: Any) -> Any:
    """Quote an order once more."""
    return shop.client.post(f"/v1/orders/{order['id']}/reorder-quote", json=body, headers=headers or shop.customer)


def place(shop: Shop, quote: dict[str, Any], **body: Any) -> Any:
    """Place a quote with more in the body."""
    body = {"quote_id": quote["id"], "client_order_id": f"app-{uuid4()}", **body}
    return shop.client.post("/v1/orders", json=body, headers=shop.customer | {"Idempotency-Key": str(uuid4())})


def dearer(shop: Shop, by_minor: int) -> None:
    """Let everything that has a price cost more."""
    from dataclasses import replace

    items = tuple(
        replace(
            item,
            sizes=tuple(
                replace(
                    size, prices=tuple(replace(each, amount_minor=each.amount_minor + by_minor) for each in size.prices)
                )
                for size in item.sizes
            ),
        )
        for item in MENU.items
    )
    menu_actions.load_menu(shop.session, replace(MENU, items=items), now=clock.now())
    shop.session.commit()


def statuses(answer: Any) -> list[str]:
    assert answer.status_code == 201, answer.text
    return [line["status"] for line in answer.json["lines"]]


def test_a_usual_that_is_as_it_was_is_quoted_and_placed(shop: Shop) -> None:
    usual = save(shop, shop.line(), shop.line(shop.croissant), pickup={"alias": "Jo"}).json

    answer = again(shop, usual)

    assert statuses(answer) == ["same", "same"]
    quote = answer.json["quote"]
    assert "price_ceiling" not in quote
    assert (quote["pickup"]["alias"]["name"], len(quote["lines"])) == ("Jo", 2)
    assert place(shop, quote).status_code == 201


def test_what_costs_otherwise_is_repriced_with_both_prices(shop: Shop) -> None:
    usual = save(shop).json
    dearer(shop, 50)

    (line,) = again(shop, usual).json["lines"]

    assert line["status"] == "repriced"
    assert (line["was_total"]["amount_minor"], line["now_total"]["amount_minor"]) == (400, 450)


def test_what_a_rule_fills_otherwise_is_substituted_by_that_rule(voice: Voice) -> None:
    usual = save(voice.shop).json
    (rule,) = voice.rules({"set": OAT})

    (line,) = again(voice.shop, usual).json["lines"]

    assert (line["status"], line["source"]["id"], line["rank"]) == ("substituted", rule["id"], None)
    voice.rules({"set": {"size": "large"}})
    (line,) = again(voice.shop, usual).json["lines"]
    assert (line["status"], line["now"]["size"]) == ("substituted", "Large")


def test_what_can_not_be_had_is_left_out_and_says_why(shop: Shop) -> None:
    usual = save(shop, shop.line(), shop.line(shop.croissant)).json
    shop.sell_out("item", shop.flat_white)

    answer = again(shop, usual)

    assert statuses(answer) == ["unavailable", "same"]
    gone, croissant = answer.json["lines"]
    assert (gone["reason"], gone["quote_position"], croissant["quote_position"]) == ("sold-out", None, 1)
    assert [line["item"]["name"] for line in answer.json["quote"]["lines"]] == ["Croissant"]


def test_where_nothing_is_left_it_says_so(shop: Shop) -> None:
    usual = save(shop).json
    shop.sell_out("item", shop.flat_white)

    answer = again(shop, usual)

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/nothing-left")
    assert answer.json["lines"][0]["reason"] == "sold-out"


def test_the_closest_substitute_takes_the_place_where_that_was_said(shop: Shop) -> None:
    dear = {"item_id": str(shop.flat_white), "size_id": str(shop.large)}
    cheap = {"item_id": str(shop.croissant)}
    usual = save(shop, shop.line(if_unavailable=policy("closest", dear, cheap))).json
    shop.sell_out("option", shop.whole)

    answer = again(shop, usual)

    (line,) = answer.json["lines"]
    assert (line["status"], line["rank"], line["now"]["name"]) == ("substituted", 2, "Croissant")
    assert line["source"] == {"kind": "customer_choice"}


def test_a_usual_without_a_store_is_quoted_where_its_customer_says(shop: Shop) -> None:
    usual = save(shop, store_id=None).json

    assert "store_id" in again(shop, usual).json["errors"]
    (line,) = again(shop, usual, store_id=str(shop.store.id)).json["lines"]
    assert (line["status"], line["was_total"]) == ("same", None)


def test_a_usual_can_be_had_at_another_store(shop: Shop) -> None:
    usual = save(shop).json
    other = make_store(shop.session)

    assert again(shop, usual, store_id=str(other.id)).json["quote"]["store"]["id"] == str(other.id)
    assert again(shop, usual, store_id=str(uuid4())).status_code == 404


# ---- the price ceiling


def test_above_the_usuals_ceiling_a_yes_is_needed(shop: Shop) -> None:
    usual = save(shop, price_ceiling={"amount_minor": 450, "currency": "USD"}).json
    quote = again(shop, usual).json["quote"]
    assert quote["price_ceiling"]["needs_yes"] is False
    assert place(shop, quote).status_code == 201

    dearer(shop, 100)
    quote = again(shop, usual).json["quote"]
    assert quote["price_ceiling"]["needs_yes"] is True
    refused = place(shop, quote)
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/yes-needed")
    assert refused.json["most"] == {"amount_minor": 450, "currency": "USD"}
    assert place(shop, quote, yes_above_ceiling=True).status_code == 201


def test_the_ceiling_that_a_customer_says_holds_for_every_quote(voice: Voice) -> None:
    shop = voice.shop
    quote = shop.quote().json
    voice.say("price_ceiling", amount_minor=300, currency="USD")

    outdated = place(shop, quote)
    assert outdated.json["type"] == "/problems/quote-outdated"
    ceiling = outdated.json["quote"]["price_ceiling"]
    assert (ceiling["needs_yes"], ceiling["source"]["preference"]) == (True, "price_ceiling")
    assert place(shop, outdated.json["quote"]).json["type"] == "/problems/yes-needed"


def test_a_price_in_another_currency_needs_a_yes(voice: Voice) -> None:
    voice.say("price_ceiling", amount_minor=100_000, currency="EUR")

    assert voice.shop.quote().json["price_ceiling"]["needs_yes"] is True


def test_changing_an_order_to_a_dearer_one_needs_the_yes_too(voice: Voice) -> None:
    shop = voice.shop
    order = shop.placed()
    voice.say("price_ceiling", amount_minor=500, currency="USD")
    quote = shop.quote(shop.line(size_id=str(shop.large)), replaces_order_id=order["id"]).json

    assert shop.change(order["id"], quote["id"]).json["type"] == "/problems/yes-needed"
    path, key = f"/v1/orders/{order['id']}/changes", {"Idempotency-Key": str(uuid4())}
    body = {"quote_id": quote["id"], "yes_above_ceiling": True}
    assert shop.client.post(path, json=body, headers=shop.customer | key).status_code == 200


def test_a_quote_filled_by_a_rule_stands_where_the_menu_changes_nothing_shown(voice: Voice) -> None:
    voice.rules({"set": OAT})
    voice.say("price_ceiling", amount_minor=1_000, currency="USD")
    quote = voice.shop.quote().json
    voice.shop.sell_out("item", voice.shop.croissant)

    assert voice.shop.place(quote["id"]).status_code == 201


# ---- an order once more


def test_an_order_is_asked_for_as_it_was_asked_for_then(voice: Voice) -> None:
    shop = voice.shop
    (first,) = voice.rules({"set": {"quantity": 2}})
    order = shop.placed(
        shop.line(size_id=str(shop.large), modifiers=[{"option_id": str(shop.oat)}], note="hot"),
        pickup={"method": "curbside"},
    )
    voice.withdraw("order_rules")

    answer = reorder(shop, order)

    (line,) = answer.json["quote"]["lines"]
    assert (line["size"]["name"], line["note"], line["quantity"]) == ("Large", "hot", 1)
    assert line["size"]["source"] == line["note_source"] == {"kind": "customer_choice"}
    assert line["quantity_source"] == {"kind": "item_default"}
    assert answer.json["quote"]["pickup"]["method"] == "curbside"
    (diff,) = answer.json["lines"]
    assert (diff["status"], diff["source"]["kind"]) == ("substituted", "item_default")
    assert first["id"]


def test_what_was_chosen_away_stays_away(shop: Shop) -> None:
    order = shop.placed(shop.line(modifiers=[{"option_id": str(shop.vanilla), "quantity": 0}]))

    line = reorder(shop, order).json["quote"]["lines"][0]

    assert [each["group"]["name"] for each in line["modifiers"]] == ["Milk"]


def test_what_was_chosen_for_the_whole_order_is_chosen_again(shop: Shop) -> None:
    order = shop.placed(
        if_unavailable=policy("closest", {"item_id": str(shop.croissant)}),
        fire={"trigger": "on_my_way", "minutes": 10, "if_latest": "cancel"},
        remedy="none",
    )

    quote = reorder(shop, order).json["quote"]
    assert (quote["fire"]["trigger"], quote["fire"]["minutes"], quote["remedy"]["kind"]) == ("on_my_way", 10, "none")
    assert quote["lines"][0]["if_unavailable"]["do"] == "closest"

    shop.sell_out("item", shop.flat_white)
    (line,) = reorder(shop, order).json["lines"]
    assert (line["status"], line["rank"]) == ("substituted", 1)


def test_an_order_from_before_requests_were_kept_is_asked_for_by_its_sources(shop: Shop) -> None:
    order = shop.placed(shop.line(modifiers=[{"option_id": str(shop.oat)}], quantity=3))
    with shop.app.database.writing() as session:
        session.execute(sa.update(OrderLine).where(OrderLine.order_id == UUID(order["id"])).values(asked=None))
        session.commit()

    answer = reorder(shop, order)

    assert statuses(answer) == ["same"]
    assert answer.json["quote"]["lines"][0]["quantity"] == 3


def test_a_wallet_that_pays_all_orders_and_has_too_little_is_refused_as_declared(
    voice: Voice,
) -> None:
    shop = voice.shop
    usual, order = save(shop).json, shop.placed()
    assert voice.say("tender_order", tenders=[{"kind": "wallet"}]).status_code == 200

    for answer, path in (
        (again(shop, usual), "/v1/me/usuals/{usual_id}/quote"),
        (reorder(shop, order), "/v1/orders/{order_id}/reorder-quote"),
    ):
        assert (answer.status_code, answer.json["available"]["amount_minor"]) == (402, 0)
        assert "402" in shop.client.get("/openapi.json").json["paths"][path]["post"]["responses"]


def test_another_customers_order_can_not_be_asked_for(shop: Shop) -> None:
    order = shop.placed()

    assert reorder(shop, order, headers=shop.other).status_code == 404
    assert reorder(shop, order, headers=shop.barista).status_code == 404
    assert shop.client.post(f"/v1/orders/{order['id']}/reorder-quote", json={}).status_code == 401


def test_other_orders_change_nothing_in_a_reorder(shop: Shop) -> None:
    order = shop.placed()
    before = reorder(shop, order).json
    for _ in range(3):
        shop.finished(shop.line(size_id=str(shop.large), modifiers=[{"option_id": str(shop.oat)}]))

    after = reorder(shop, order).json

    assert after["lines"] == before["lines"]
    assert after["quote"]["lines"] == before["quote"]["lines"]


# ---- what is avoided


def test_what_is_avoided_now_is_left_out_also_where_it_was_overridden_then(voice: Voice) -> None:
    shop = voice.shop
    usual = save(shop, shop.line(), shop.line(modifiers=[{"option_id": str(shop.oat)}])).json
    voice.say("avoid", entries=[{"allergen": "milk", "also_may_contain": False}])
    order = shop.placed(shop.line(override_avoid=["milk"]), shop.line(modifiers=[{"option_id": str(shop.oat)}]))

    for answer in (again(shop, usual), reorder(shop, order)):
        assert statuses(answer) == ["unavailable", "same"]
        assert answer.json["lines"][0]["reason"] == "avoided"
        assert [line["modifiers"][0]["option"]["name"] for line in answer.json["quote"]["lines"]] == ["Oat drink"]


def test_no_substitute_holds_what_is_avoided(voice: Voice) -> None:
    shop = voice.shop
    milky, oaty = shop.line(), shop.line(modifiers=[{"option_id": str(shop.oat)}])
    for each in (milky, oaty):
        each["size_id"] = None
    usual = save(
        shop, shop.line(shop.croissant, if_unavailable=policy("closest", milky, oaty) | {"max_extra_minor": 500})
    ).json
    voice.say("avoid", entries=[{"allergen": "milk", "also_may_contain": False}])

    (line,) = again(shop, usual).json["lines"]

    assert (line["status"], line["rank"]) == ("substituted", 2)
