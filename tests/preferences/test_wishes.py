"""Dislikes, diets and ceilings: what rules don't choose, what a quote warns of, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from service.orders.schemas import QuoteSchema
from tests.factories import SmallMenu, make_menu
from tests.orders.shop import Shop
from tests.orders.test_reject_lines import policy, soon

from .voice import OAT, Voice

WHOLE = {"options": [{"group": "milk", "option": "whole"}]}
NO_OAT = {"group": "milk", "option": "oat"}


class TestDislikes:
    def test_a_rule_never_chooses_it_and_explain_says_so(self, voice: Voice) -> None:
        oat, _ = voice.rules({"set": OAT}, {"set": WHOLE})
        voice.say("dislikes", entries=[NO_OAT])

        field = voice.explain()["lines.0.groups.milk"]

        assert field["value"][0]["name"] == "Whole milk"
        assert [(each["id"], each["why"]) for each in field["losers"]] == [(oat["id"], "disliked")]

    def test_a_rule_can_say_none_of_it(self, voice: Voice) -> None:
        vanilla = {"group": "syrup", "option": "vanilla"}
        voice.rules({"set": {"options": [{**vanilla, "quantity": 0}]}})
        voice.say("dislikes", entries=[vanilla])

        assert voice.explain()["lines.0.groups.syrup"]["source"]["kind"] == "customer_rule"

    def test_the_customer_can_still_name_it(self, voice: Voice) -> None:
        voice.say("dislikes", entries=[NO_OAT, {"item_id": str(voice.shop.croissant)}])
        oat = voice.shop.line(modifiers=[{"option_id": str(voice.shop.oat)}])

        assert voice.shop.quote(oat, voice.shop.line(voice.shop.croissant)).status_code == 201

    def test_no_substitution_chooses_what_comes_with_a_named_one_but_the_customer_may(self, voice: Voice) -> None:
        shop = voice.shop
        oat = [{"option_id": str(shop.oat)}]
        chosen = policy("closest", shop.line())  # it comes with whole milk
        order = shop.placed(
            shop.line(size_id=str(shop.large), modifiers=oat, if_unavailable=chosen), shop.line(), pickup=soon()
        )
        voice.say("dislikes", entries=[{"group": "milk", "option": "whole"}])

        shop.reject(order["id"], 1)

        (asked,) = shop.show(order["id"]).json["asks"]
        assert asked["options"][0]["line"]["modifiers"][0]["option"]["name"] == "Whole milk"

    def test_what_the_order_itself_names_is_taken(self, voice: Voice) -> None:
        shop = voice.shop
        voice.say("dislikes", entries=[{"item_id": str(shop.croissant)}])
        chosen = policy("closest", shop.line(shop.croissant))
        order = shop.placed(shop.line(if_unavailable=chosen), shop.line(), pickup=soon())

        assert shop.reject(order["id"], 1).json["lines"][0]["item"]["name"] == "Croissant"


@pytest.fixture
def menu(shop: Shop) -> SmallMenu:
    """A menu that states diets and nutrition: an Americano has 150 mg of caffeine."""
    return make_menu(shop.session)


def shown(answer: Any) -> dict[str, Any]:
    """Check that a quote was made in its documented form; return it."""
    assert answer.status_code == 201, answer.text
    quote: dict[str, Any] = answer.json
    assert set(quote) <= set(QuoteSchema().fields)
    return quote


class TestDiets:
    def test_what_does_not_state_it_is_warned_of_with_path_and_source(self, voice: Voice, menu: SmallMenu) -> None:
        shop = voice.shop
        voice.say("diets", diets=[{"diet": "vegan", "do": "warn"}])
        oat = shop.line(menu.americano, modifiers=[{"option_id": str(menu.oat)}])

        quote = shown(shop.quote(shop.line(menu.americano), oat, shop.line(menu.croissant)))

        found = [(each["kind"], each["diet"], each["paths"]) for each in quote["warnings"]]
        assert found == [
            ("diet_not_stated", "vegan", ["lines.1.modifiers.0"]),
            ("diet_not_stated", "vegan", ["lines.2.item_id"]),
        ]
        assert "nobody states" in quote["warnings"][0]["detail"]
        assert {each["source"]["preference"] for each in quote["warnings"]} == {"diets"}
        assert "ceilings" not in quote

    def test_where_the_customer_set_so_it_is_refused(self, voice: Voice, menu: SmallMenu) -> None:
        shop = voice.shop
        voice.say("diets", diets=[{"diet": "vegan", "do": "refuse"}])

        answer = shop.quote(shop.line(menu.americano), shop.line(menu.croissant))

        assert (answer.status_code, answer.json["type"]) == (422, "/problems/diet-not-stated")
        assert list(answer.json["errors"]) == ["lines.1.item_id"]
        assert shop.quote(shop.line(menu.americano)).status_code == 201

    def test_no_substitute_crosses_a_refused_one(self, voice: Voice, menu: SmallMenu) -> None:
        shop = voice.shop
        chosen = policy("ask", shop.line(menu.croissant))
        order = shop.placed(shop.line(menu.americano, if_unavailable=chosen), shop.line(), pickup=soon())
        voice.say("diets", diets=[{"diet": "vegan", "do": "refuse"}])

        shop.reject(order["id"], 1)

        (asked,) = shop.show(order["id"]).json["asks"]
        assert [each["answer"] for each in asked["options"]] == ["refund_line", "cancel_order"]

    def test_only_the_menus_own_words_can_be_said(self, voice: Voice, menu: SmallMenu) -> None:
        answer = voice.say("diets", diets=[{"diet": "vegann", "do": "warn"}])

        assert list(answer.json["errors"]) == ["value.diets.0.diet"]


class TestCeilings:
    def test_what_is_not_set_is_in_no_answer(self, voice: Voice, menu: SmallMenu) -> None:
        quote = shown(voice.shop.quote(voice.shop.line(menu.americano)))

        assert not {"ceilings", "warnings"} & set(quote)

    def test_a_quote_says_how_much_it_is_and_warns_above(self, voice: Voice, menu: SmallMenu) -> None:
        shop = voice.shop
        voice.say("ceilings", ceilings=[_caffeine(200, "warn"), {"fact": "energy_kcal", "most": 500, "do": "warn"}])

        one = shown(shop.quote(shop.line(menu.americano)))
        two = shown(shop.quote(shop.line(menu.americano, quantity=2)))

        assert [(each["fact"], each["amount"], each["at_least"]) for each in two["ceilings"]] == [
            ("caffeine_mg", 300, False),
            ("energy_kcal", 20, False),
        ]
        assert one["warnings"] == []
        assert [(each["kind"], each["fact"]) for each in two["warnings"]] == [("above_ceiling", "caffeine_mg")]
        assert two["ceilings"][0]["source"]["preference"] == "ceilings"

    def test_what_is_not_stated_is_told_as_at_least(self, voice: Voice, menu: SmallMenu) -> None:
        voice.say("ceilings", ceilings=[_caffeine(200, "refuse")])

        quote = shown(voice.shop.quote(voice.shop.line(menu.americano), voice.shop.line()))

        assert (quote["ceilings"][0]["amount"], quote["ceilings"][0]["at_least"]) == (150, True)
        assert quote["warnings"][0]["kind"] == "ceiling_unknown"
        assert "at least 150" in quote["warnings"][0]["detail"]

    def test_where_the_customer_set_so_it_is_refused(self, voice: Voice, menu: SmallMenu) -> None:
        shop = voice.shop
        quote = shown(shop.quote(shop.line(menu.americano, quantity=2)))
        voice.say("ceilings", ceilings=[_caffeine(299.5, "refuse")])

        answers = [shop.quote(shop.line(menu.americano, quantity=2)), shop.place(quote["id"])]

        for answer in answers:
            assert (answer.status_code, answer.json["type"]) == (422, "/problems/ceiling-exceeded")
            assert answer.json["ceilings"][0]["amount"] == 300

    def test_one_that_is_set_after_the_quote_is_a_difference(self, voice: Voice, menu: SmallMenu) -> None:
        quote = shown(voice.shop.quote(voice.shop.line(menu.americano)))
        voice.say("ceilings", ceilings=[_caffeine(100, "warn")])

        answer = voice.shop.place(quote["id"])

        assert answer.json["type"] == "/problems/quote-outdated"
        assert {"warnings", "ceilings"} <= {each["path"] for each in answer.json["differences"]}
        voice.withdraw("ceilings")
        assert voice.shop.place(answer.json["quote"]["id"]).json["type"] == "/problems/quote-outdated"

    def test_a_fact_has_one_ceiling(self, voice: Voice) -> None:
        answer = voice.say("ceilings", ceilings=[_caffeine(1, "warn"), _caffeine(2, "warn")])

        assert list(answer.json["errors"]) == ["value.ceilings.1"]


def _caffeine(most: float, do: str) -> dict[str, Any]:
    return {"fact": "caffeine_mg", "most": most, "do": do}
