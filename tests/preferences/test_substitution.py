"""What a customer said once for lines that can't be made: filled into orders, and obeyed when something is missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from service import clock
from service.menu import queries as menu_queries
from service.orders.actions import substitutes
from tests.orders.shop import Shop
from tests.orders.test_reject_lines import adds_up, policy, soon

from .voice import Voice

OAT = {"group": "milk", "option": "oat"}
WHOLE = {"group": "milk", "option": "whole"}


def say(voice: Voice, *rules: dict[str, Any]) -> list[dict[str, Any]]:
    """Say these rules, and return them as they are kept."""
    answer = voice.say("substitution", rules=list(rules))
    assert answer.status_code == 200, answer.text
    kept: list[dict[str, Any]] = answer.json["value"]["rules"]
    return kept


def other(shop: Shop, **rule: Any) -> dict[str, Any]:
    """Return a rule for anything: a croissant takes the place."""
    return {"do": "closest", "alternatives": [{"item_id": str(shop.croissant)}], **rule}


class TestFilling:
    def test_it_fills_what_the_order_leaves_open_and_is_named(self, voice: Voice, shop: Shop) -> None:
        (rule,) = say(voice, other(shop, answer_minutes=7, without_answer="cancel_order"))

        filled = shop.quote().json["lines"][0]["if_unavailable"]

        assert filled == {
            "do": "closest",
            "substitutes": [{"rank": 1, "item_id": str(shop.croissant), "size_id": None, "modifiers": []}],
            "avoid": [],
            "answer_minutes": 7,
            "without_answer": "cancel_order",
            "source": {
                "kind": "customer_rule",
                "preference": "substitution",
                "id": rule["id"],
                "version": 1,
                "said_at": filled["source"]["said_at"],
            },
        }

    def test_what_the_order_says_wins(self, voice: Voice, shop: Shop) -> None:
        say(voice, other(shop))

        lines = shop.quote(
            shop.line(if_unavailable=policy("refund_line")), shop.line(), if_unavailable=policy("cancel_order")
        ).json["lines"]

        assert [line["if_unavailable"]["do"] for line in lines] == ["refund_line", "cancel_order"]
        assert all(line["if_unavailable"]["source"] == {"kind": "customer_choice"} for line in lines)

    def test_the_item_goes_before_its_category_and_that_before_anything(self, voice: Voice, shop: Shop) -> None:
        with shop.app.database.reading() as session:
            menu = menu_queries.store_and_menu(session, shop.store.id)[1]
        coffee = next(category.id for category in menu.categories if category.key == "coffee")
        anything = {"do": "refund_line"}
        category = {"when": {"category_id": str(coffee)}, "do": "cancel_order"}
        item = {"when": {"item_id": str(shop.flat_white)}, "do": "closest"}

        def done(*rules: dict[str, Any]) -> list[str]:
            say(voice, *rules)
            lines = shop.quote(shop.line(), shop.line(shop.croissant)).json["lines"]
            return [line["if_unavailable"]["do"] for line in lines]

        assert done(anything, category, item) == ["closest", "refund_line"]
        assert done(anything, category) == ["cancel_order", "refund_line"]
        assert done(category) == ["cancel_order", "ask"]
        assert done({**category, "do": "ask"}, category) == ["ask", "ask"]

    def test_an_alternative_that_the_store_does_not_offer_is_left_out_and_the_others_keep_their_rank(
        self, voice: Voice, shop: Shop
    ) -> None:
        bucket, croissant = {"size": "bucket"}, {"item_id": str(shop.croissant)}
        say(voice, other(shop, alternatives=[bucket, croissant]))

        (named,) = shop.quote().json["lines"][0]["if_unavailable"]["substitutes"]

        assert named["rank"] == 2

    def test_a_quote_placed_after_the_rules_changed_shows_the_difference(self, voice: Voice, shop: Shop) -> None:
        quote = shop.quote().json
        say(voice, other(shop))

        answer = shop.place(quote["id"])

        assert answer.json["type"] == "/problems/quote-outdated"
        assert shop.place(answer.json["quote"]["id"]).status_code == 201

    def test_a_quote_filled_by_rules_stands_where_something_else_is_said(self, voice: Voice, shop: Shop) -> None:
        say(voice, other(shop))
        voice.rules({"set": {"options": [OAT]}})
        quote = shop.quote().json
        voice.say("call_name", name="Maya")

        assert shop.place(quote["id"]).status_code == 201


class TestObeying:
    def test_the_first_that_can_be_had_takes_the_place_and_its_rank_is_told(self, voice: Voice, shop: Shop) -> None:
        say(voice, other(shop, alternatives=[{"size": "large"}, {"item_id": str(shop.croissant)}]))
        order = shop.placed(pickup=soon())
        shop.sell_out("item", shop.flat_white)

        shop.follow_up()

        (line,) = shop.show(order["id"]).json["lines"]
        assert (line["item"]["name"], line["change"]["kind"], line["change"]["rank"]) == ("Croissant", "substituted", 2)
        assert adds_up(shop.show(order["id"]).json)
        page = shop.client.get(f"/v1/orders/{order['id']}/receipt", headers=shop.customer | {"Accept": "text/html"})
        assert "Instead of Flat white, Small: your alternative 2" in " ".join(page.text.split())

    def test_a_missing_option_follows_its_own_rule_and_the_rest_of_the_line_stays(
        self, voice: Voice, shop: Shop
    ) -> None:
        say(
            voice,
            other(shop),
            {"when": {"option": OAT}, "do": "closest", "alternatives": [{"options": [WHOLE]}]},
        )
        oat = shop.line(modifiers=[{"option_id": str(shop.oat)}, {"option_id": str(shop.vanilla)}], note="hot")
        order = shop.placed(oat, pickup=soon())
        shop.sell_out("option", shop.oat)

        shop.follow_up()

        (line,) = shop.show(order["id"]).json["lines"]
        held = {each["option"]["name"]: each["source"]["kind"] for each in line["modifiers"]}
        assert (line["item"]["name"], held) == (
            "Flat white",
            {"Whole milk": "customer_rule", "Vanilla": "customer_choice"},
        )
        assert (line["note"], line["quantity_source"], line["change"]["rank"]) == ("hot", {"kind": "item_default"}, 1)
        assert line["size"]["source"] == {"kind": "item_default"}
        # The item's own rule is still there for when the item goes.
        assert line["if_unavailable"]["substitutes"][0]["item_id"] == str(shop.croissant)

    def test_where_the_item_is_missing_too_the_rule_for_the_item_holds(self, voice: Voice, shop: Shop) -> None:
        say(
            voice,
            other(shop),
            {"when": {"option": OAT}, "do": "cancel_order"},
        )
        order = shop.placed(shop.line(modifiers=[{"option_id": str(shop.oat)}]), pickup=soon())
        shop.sell_out("option", shop.oat)
        shop.sell_out("item", shop.flat_white)

        shop.follow_up()

        assert shop.show(order["id"]).json["lines"][0]["item"]["name"] == "Croissant"

    @pytest.mark.parametrize(
        ("most", "takes"),
        [
            (None, False),
            ({"amount_minor": 80, "currency": "USD"}, False),
            ({"amount_minor": 81, "currency": "USD"}, True),
            ({"amount_minor": 500, "currency": "JPY"}, False),
        ],
    )
    def test_a_dearer_one_comes_without_a_yes_up_to_what_the_customer_said(
        self, voice: Voice, shop: Shop, most: dict[str, Any] | None, takes: bool
    ) -> None:
        rule = {"do": "closest", "alternatives": [{"size": "large"}]}
        say(voice, rule if most is None else {**rule, "max_extra": most})
        order = shop.placed(pickup=soon())

        left = shop.reject(order["id"], 1).json

        assert (left["lines"][0]["size"]["name"] == "Large", left["asks"] == []) == (takes, takes)

    def test_another_item_is_filled_by_the_customers_rules(self, voice: Voice, shop: Shop) -> None:
        say(voice, {"do": "closest", "alternatives": [{"item_id": str(shop.flat_white)}]})
        (rule,) = voice.rules(
            {"when": {"item_id": str(shop.flat_white)}, "set": {"note": "-"}}, {"set": {"size": "large"}}
        )[1:]
        dear = shop.line(shop.croissant, quantity=2)
        order = shop.placed(dear, if_unavailable=None, pickup=soon())

        (ask,) = shop.reject(order["id"], 1).json["asks"]

        offered = ask["options"][0]["line"]
        assert (offered["size"]["name"], offered["size"]["source"]["id"]) == ("Large", rule["id"])
        assert (offered["quantity"], offered["note"]) == (2, None)


class TestAsking:
    def test_the_question_waits_as_long_as_the_customer_said(self, voice: Voice, shop: Shop) -> None:
        say(voice, {"do": "ask", "answer_minutes": 12, "without_answer": "cancel_order"})
        order = shop.placed(shop.line(), shop.line(shop.croissant), pickup=soon())

        (ask,) = shop.reject(order["id"], 1).json["asks"]
        assert (ask["answer_minutes"], ask["without_answer"]) == (12, "cancel_order")
        assert ask["source"]["preference"] == "substitution"
        shop.follow_up(clock.now() + timedelta(minutes=11))
        assert shop.show(order["id"]).json["state"] == "scheduled"
        shop.follow_up(clock.now() + timedelta(minutes=13))
        assert shop.show(order["id"]).json["state"] == "cancelled"

    @pytest.mark.parametrize("meanwhile", ["nothing", "sold out", "avoided"])
    def test_without_an_answer_the_best_that_needs_no_yes_is_taken_where_the_customer_said_so(
        self, voice: Voice, shop: Shop, meanwhile: str
    ) -> None:
        line = unanswered(voice, shop, meanwhile)

        if meanwhile == "nothing":
            assert (line["item"]["name"], line["change"]["rank"]) == ("Croissant", 2)
        else:
            assert line["change"]["kind"] == "struck"

    def test_without_its_guard_what_is_avoided_since_would_be_taken(
        self, voice: Voice, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(substitutes, "crossed_in", lambda *_args, **_more: [])

        assert unanswered(voice, shop, "avoided")["item"]["name"] == "Croissant"


def unanswered(voice: Voice, shop: Shop, meanwhile: str) -> dict[str, Any]:
    """Return what became of a line that its customer was asked about: a croissant may take its place without a yes,
    and `meanwhile` is what happened to croissants before the deadline."""
    alternatives = [{"size": "large"}, {"item_id": str(shop.croissant)}]
    say(voice, {"do": "ask", "alternatives": alternatives, "answer_minutes": 3, "without_answer": "closest"})
    order = shop.placed(shop.line(), shop.line(), pickup=soon())
    shop.reject(order["id"], 1)
    if meanwhile == "sold out":
        shop.sell_out("item", shop.croissant)
    if meanwhile == "avoided":
        assert voice.say("avoid", entries=[{"allergen": "gluten", "also_may_contain": False}]).status_code == 200
    shop.follow_up(clock.now() + timedelta(minutes=4))
    line: dict[str, Any] = shop.show(order["id"]).json["lines"][0]
    return line


class TestSaying:
    def test_a_rule_that_says_the_same_stays_as_old_as_it_is(self, voice: Voice, shop: Shop) -> None:
        (first,) = say(voice, other(shop, max_extra={"amount_minor": 50, "currency": "USD"}))
        kept, _ = say(voice, first, {"when": {"option": OAT}, "do": "ask"})
        changed, _ = say(voice, {name: value for name, value in kept.items() if name != "max_extra"}, _)

        assert (kept["version"], changed["version"]) == (1, 3)

    @pytest.mark.parametrize(
        ("rule", "field"),
        [
            ({"do": "guess"}, "do"),
            ({"do": "ask", "alternatives": [{}]}, "alternatives.0"),
            ({"do": "ask", "alternatives": [{"item_id": str(uuid4())}]}, "alternatives.0.item_id"),
            (
                {"do": "ask", "alternatives": [{"options": [{"group": "milk", "option": "x"}]}]},
                "alternatives.0.options.0",
            ),
            ({"do": "ask", "when": {"option": {"group": "milk", "option": "unicorn"}}}, "when.option"),
            ({"do": "ask", "when": {"category_id": str(uuid4())}}, "when.category_id"),
            ({"do": "ask", "when": {"category_id": str(uuid4()), "item_id": str(uuid4())}}, "when"),
            ({"do": "ask", "answer_minutes": 0}, "answer_minutes"),
            ({"do": "ask", "max_extra": {"amount_minor": 5, "currency": "XQX"}}, "max_extra.currency"),
        ],
    )
    def test_what_can_not_be_used_is_named(self, voice: Voice, rule: dict[str, Any], field: str) -> None:
        answer = voice.say("substitution", rules=[rule])

        assert (answer.status_code, list(answer.json["errors"])) == (422, [f"value.rules.0.{field}"])
