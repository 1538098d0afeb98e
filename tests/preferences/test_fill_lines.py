"""The customer's rules fill what an order line leaves open, and say so."""

from __future__ import annotations

from typing import Any

from tests.orders.shop import Shop

from .voice import OAT, Voice

WHOLE = {"options": [{"group": "milk", "option": "whole"}]}


def line_of(voice: Voice, **changes: Any) -> dict[str, Any]:
    """Quote one flat white, and return its line."""
    answer = voice.shop.quote(voice.shop.line(**changes), headers=voice.headers)
    assert answer.status_code == 201, answer.text
    line: dict[str, Any] = answer.json["lines"][0]
    return line


def milk(line: dict[str, Any]) -> tuple[str, str]:
    """Return the milk and the kind of its source."""
    (found,) = (each for each in line["modifiers"] if each["group"]["name"] == "Milk")
    return found["option"]["name"], found["source"]["kind"]


def test_without_anything_said_the_item_fills(voice: Voice) -> None:
    line = line_of(voice)

    assert (line["size"]["name"], line["size"]["source"]) == ("Small", {"kind": "item_default"})
    assert milk(line) == ("Whole milk", "item_default")
    assert (line["quantity"], line["quantity_source"]) == (1, {"kind": "item_default"})
    assert (line["note"], line["note_source"]) == (None, None)


def test_a_rule_fills_and_is_named_with_its_version_and_instant(voice: Voice) -> None:
    (rule,) = voice.rules({"set": OAT})

    line = line_of(voice)

    (found,) = (each for each in line["modifiers"] if each["group"]["name"] == "Milk")
    assert found["option"]["name"] == "Oat drink"
    assert found["source"] == {
        "kind": "customer_rule",
        "preference": "order_rules",
        "id": rule["id"],
        "version": 1,
        "said_at": found["source"]["said_at"],
    }


def test_rules_fill_size_quantity_and_note(voice: Voice) -> None:
    voice.rules({"set": {"size": "large"}}, {"set": {"quantity": 2}}, {"set": {"note": "extra hot"}})

    line = line_of(voice)

    assert (line["size"]["name"], line["quantity"], line["note"]) == ("Large", 2, "extra hot")
    for source in (line["size"]["source"], line["quantity_source"], line["note_source"]):
        assert source["kind"] == "customer_rule"


def test_what_the_request_says_wins_over_every_rule(voice: Voice) -> None:
    shop = voice.shop
    voice.rules({"set": {"size": "large"}}, {"set": {"quantity": 2}}, {"set": {"note": "extra hot"}}, {"set": OAT})

    line = line_of(
        voice, size_id=str(shop.large), quantity=1, note="", modifiers=[{"option_id": str(shop.oat), "quantity": 1}]
    )

    assert line["size"]["source"] == line["quantity_source"] == line["note_source"] == {"kind": "customer_choice"}
    assert (line["quantity"], line["note"], milk(line)) == (1, None, ("Oat drink", "customer_choice"))


def test_the_most_specific_rule_wins_and_then_the_higher_one(voice: Voice) -> None:
    shop = voice.shop
    at_item = {"when": {"item_id": str(shop.flat_white)}, "set": WHOLE}
    at_store = {"when": {"store_id": str(shop.store.id)}, "set": OAT}
    everywhere = {"set": OAT}

    voice.rules(everywhere, at_store, at_item)
    assert milk(line_of(voice)) == ("Whole milk", "customer_rule")

    voice.rules({"set": WHOLE}, {"set": OAT})
    assert milk(line_of(voice)) == ("Whole milk", "customer_rule")


def test_a_rule_for_another_store_or_time_fills_nothing(voice: Voice) -> None:
    found = voice.client.get("/v1/stores").json["data"]
    other = next(store["id"] for store in found if store["id"] != str(voice.shop.store.id))
    voice.rules({"when": {"store_id": other}, "set": OAT}, {"when": {"daypart": "2001"}, "set": OAT})

    assert milk(line_of(voice)) == ("Whole milk", "item_default")


def test_a_rule_of_an_option_can_say_none_of_it(voice: Voice) -> None:
    voice.rules({"set": {"options": [{"group": "syrup", "option": "vanilla", "quantity": 0}]}})

    assert all(each["group"]["name"] != "Syrup" for each in line_of(voice)["modifiers"])


def test_a_rule_that_does_not_fit_is_passed_over(voice: Voice) -> None:
    many = {"options": [{"group": "milk", "option": "oat", "quantity": 9}]}
    voice.rules({"set": {"size": "bucket"}}, {"set": many}, {"set": OAT})

    line = line_of(voice)

    assert (line["size"]["source"]["kind"], milk(line)[0]) == ("item_default", "Oat drink")


def test_explain_names_the_winner_and_why_the_others_lost(voice: Voice) -> None:
    shop = voice.shop
    mine, higher, lower, night = voice.rules(
        {"when": {"item_id": str(shop.flat_white)}, "set": OAT},
        {"set": WHOLE},
        {"set": OAT},
        {"when": {"daypart": "2001"}, "set": OAT},
    )

    field = voice.explain()["lines.0.groups.milk"]

    assert (field["value"][0]["name"], field["source"]["id"]) == ("Oat drink", mine["id"])
    assert {each["id"]: each["why"] for each in field["losers"]} == {
        higher["id"]: "less_specific",
        lower["id"]: "less_specific",
        night["id"]: "other_time",
    }
    assert voice.explain(shop.line(shop.croissant))["lines.0.size"]["losers"] == []


def test_explain_says_that_the_request_chose_otherwise(voice: Voice, shop: Shop) -> None:
    (rule,) = voice.rules({"set": OAT})

    field = voice.explain(shop.line(modifiers=[{"option_id": str(shop.oat)}]))["lines.0.groups.milk"]

    assert field["source"] == {"kind": "customer_choice"}
    assert [(each["id"], each["why"]) for each in field["losers"]] == [(rule["id"], "you_chose_otherwise")]


def test_pickup_and_remedy_are_filled_by_what_the_customer_says(voice: Voice) -> None:
    voice.say("call_name", name="Maya")
    voice.say("no_show", do="cancel")
    _say(voice, "remedy", {"kind": "none"})
    voice.say("pickup_method", method="curbside")

    order = voice.shop.placed()

    assert (order["pickup"]["alias"]["name"], order["pickup"]["method"]) == ("Maya", "curbside")
    assert (order["pickup"]["if_not_collected"]["do"], order["remedy"]["kind"]) == ("cancel", "none")
    sources = [order["pickup"]["alias"], order["pickup"]["if_not_collected"], order["remedy"], order["pickup"]]
    assert [each["source"]["preference"] for each in sources] == ["call_name", "no_show", "remedy", "pickup_method"]


def test_a_pickup_method_that_the_store_does_not_offer_is_passed_over(voice: Voice) -> None:
    voice.say("pickup_method", method="room")

    assert voice.shop.quote().json["pickup"]["source"] == {"kind": "store_default"}


def test_a_quote_whose_customer_says_something_else_meanwhile_is_offered_anew(voice: Voice) -> None:
    quote = voice.shop.quote().json
    voice.rules({"set": OAT})

    answer = voice.shop.place(quote["id"])

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/quote-outdated")
    assert milk(answer.json["quote"]["lines"][0]) == ("Oat drink", "customer_rule")
    assert voice.shop.place(answer.json["quote"]["id"]).status_code == 201


def test_a_quote_stands_where_what_is_said_meanwhile_changes_nothing_shown(voice: Voice) -> None:
    quote = voice.shop.quote().json
    voice.rules({"set": {"size": "bucket"}})

    assert voice.shop.place(quote["id"]).status_code == 201


def _say(voice: Voice, kind: str, value: dict[str, Any]) -> None:
    headers = voice.headers | voice.match(kind)
    assert voice.client.put(f"/v1/me/preferences/{kind}", json={"value": value}, headers=headers).status_code == 200
