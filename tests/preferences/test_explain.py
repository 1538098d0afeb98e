"""Why each field beside the lines is what it is: who filled it, and what was said before that didn't."""

from __future__ import annotations

from typing import Any

import pytest

from service.preferences.rules.explaining import WHY
from tests.orders.shop import Shop
from tests.orders.test_reject_lines import policy

from .voice import OAT, Voice


def why(field: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what was passed over: of which kind, and why."""
    return [(each["preference"], each["why"]) for each in field["losers"]]


def say_everything(voice: Voice) -> None:
    """Say something for each field beside the lines."""
    voice.say("call_name", name="Maya")
    voice.say("pickup_method", method="curbside")
    voice.say("no_show", do="remake_once")
    voice.say("fire_trigger", trigger="on_my_way", minutes=10, if_latest="cancel")
    voice.say("remedy", kind="none")
    voice.say("price_ceiling", amount_minor=900, currency="USD")


def test_where_nothing_was_said_the_store_filled_it(voice: Voice) -> None:
    found = voice.explain()

    beside = {path: field for path, field in found.items() if not path.startswith("lines.")}
    assert set(beside) == {"pickup.method", "pickup.if_not_collected", "fire", "remedy"}
    assert found["lines.0.if_unavailable"]["value"] == {"do": "ask", "substitutes": [], "avoid": []}
    for field in (*beside.values(), found["lines.0.if_unavailable"]):
        assert (field["source"], field["losers"]) == ({"kind": "store_default"}, [])


def test_what_was_said_fills_it_and_the_quote_says_the_same(voice: Voice) -> None:
    say_everything(voice)

    found, quote = voice.explain(), voice.shop.quote(voice.shop.line()).json

    in_quote = {
        "pickup.method": (quote["pickup"]["method"], quote["pickup"]["source"]),
        "pickup.alias": (quote["pickup"]["alias"]["name"], quote["pickup"]["alias"]["source"]),
        "pickup.if_not_collected": (
            quote["pickup"]["if_not_collected"]["do"],
            quote["pickup"]["if_not_collected"]["source"],
        ),
        "fire": ({name: quote["fire"][name] for name in found["fire"]["value"]}, quote["fire"]["source"]),
        "remedy": (quote["remedy"]["kind"], quote["remedy"]["source"]),
        "price_ceiling": (quote["price_ceiling"]["most"], quote["price_ceiling"]["source"]),
    }
    assert {path: (found[path]["value"], found[path]["source"]) for path in in_quote} == in_quote
    assert {found[path]["source"]["kind"] for path in in_quote} == {"customer_rule"}
    assert [found[path]["losers"] for path in in_quote] == [[]] * 6


def test_what_the_request_says_goes_before_it(voice: Voice) -> None:
    say_everything(voice)

    found = voice.explain(
        pickup={"method": "counter", "alias": "Zoe", "if_not_collected": "cancel"},
        fire={"trigger": "asap"},
        remedy="apology",
    )

    assert {path: (field["value"], why(field)) for path, field in found.items() if field["losers"]} == {
        "pickup.method": ("counter", [("pickup_method", "you_chose_otherwise")]),
        "pickup.alias": ("Zoe", [("call_name", "you_chose_otherwise")]),
        "pickup.if_not_collected": ("cancel", [("no_show", "you_chose_otherwise")]),
        "fire": ({"trigger": "asap", "minutes": None, "if_latest": None}, [("fire_trigger", "you_chose_otherwise")]),
        "remedy": ("apology", [("remedy", "you_chose_otherwise")]),
    }


def test_a_pickup_time_goes_before_what_starts_the_store(voice: Voice) -> None:
    voice.say("fire_trigger", trigger="on_arrival", if_latest="cancel")

    field = voice.explain(at="2030-01-07T15:00:00Z")["fire"]

    assert (field["value"]["trigger"], field["source"]["kind"]) == ("for_window", "store_default")
    assert why(field) == [("fire_trigger", "you_chose_otherwise")]


@pytest.mark.parametrize(
    ("body", "path"), [({}, "store_default"), ({"pickup": {"method": "shelf"}}, "customer_choice")]
)
def test_a_way_of_picking_up_that_the_store_does_not_offer_is_told(voice: Voice, body: Any, path: str) -> None:
    voice.say("pickup_method", method="room")

    field = voice.explain(**body)["pickup.method"]

    assert (field["source"]["kind"], why(field)) == (path, [("pickup_method", "not_offered")])


class TestIfUnavailable:
    def say(self, voice: Voice) -> list[str]:
        """Say five rules, two of them for the item and two for an option of it; return their ids."""
        item = {"item_id": str(voice.shop.flat_white)}
        rules = [
            {"when": {}, "do": "cancel_order"},
            {"when": item, "do": "refund_line"},
            {"when": item, "do": "ask"},
            {"when": {"option": {"group": "milk", "option": "oat"}}, "do": "closest", "alternatives": [_WHOLE]},
            {"when": {"option": {"group": "milk", "option": "oat"}}, "do": "refund_line"},
        ]
        kept = voice.say("substitution", rules=rules)
        assert kept.status_code == 200, kept.text
        return [each["id"] for each in kept.json["value"]["rules"]]

    def test_the_most_specific_rule_holds_and_the_others_are_told(self, voice: Voice) -> None:
        shop = voice.shop
        anything, first, second, oat, other_oat = self.say(voice)
        line = shop.line(modifiers=[{"option_id": str(shop.oat)}])

        found, (quoted,) = voice.explain(line), shop.quote(line).json["lines"]

        field = found["lines.0.if_unavailable"]
        assert (field["value"]["do"], field["source"]["id"]) == ("refund_line", first)
        assert [(each["id"], each["why"]) for each in field["losers"]] == [
            (second, "lower_in_your_list"),
            (anything, "less_specific"),
        ]
        of_option, shown = found["lines.0.if_unavailable.for_options.0"], quoted["if_unavailable"]["for_options"][0]
        assert {**of_option["value"], "source": of_option["source"]} == shown
        assert of_option["source"]["id"] == oat
        assert [(each["id"], each["why"]) for each in of_option["losers"]] == [(other_oat, "lower_in_your_list")]

    def test_what_the_line_says_goes_before_all_of_them(self, voice: Voice) -> None:
        shop = voice.shop
        anything, first, second, oat, other_oat = self.say(voice)
        line = shop.line(modifiers=[{"option_id": str(shop.oat)}], if_unavailable=policy("cancel_order"))

        found = voice.explain(line)

        field = found["lines.0.if_unavailable"]
        assert (field["value"]["do"], field["source"]) == ("cancel_order", {"kind": "customer_choice"})
        assert {each["id"]: each["why"] for each in field["losers"]} == {
            first: "you_chose_otherwise",
            second: "lower_in_your_list",
            anything: "less_specific",
            oat: "you_chose_otherwise",
            other_oat: "lower_in_your_list",
        }
        assert not [path for path in found if "for_options" in path]


_WHOLE = {"options": [{"group": "milk", "option": "whole"}]}


def test_every_reason_is_documented(voice: Voice, shop: Shop) -> None:
    voice.rules({"set": OAT}, {"set": OAT}, {"when": {"item_id": str(shop.flat_white)}, "set": OAT})
    voice.say("remedy", kind="none")

    found = voice.explain(remedy="apology")

    assert {each for field in found.values() for _, each in why(field)} <= set(WHY)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"pickup": {"method": "teleport"}}, "pickup.method"),
        ({"pickup": {"alias": "\u202e"}}, "pickup.alias"),
        ({"fire": {"trigger": "on_arrival"}}, "fire.if_latest"),
        ({"fire": {"trigger": "for_window"}}, "fire.trigger"),
    ],
)
def test_what_could_not_be_quoted_is_refused_by_its_path(voice: Voice, body: dict[str, Any], path: str) -> None:
    basket = {"store_id": str(voice.shop.store.id), "lines": [voice.shop.line()], **body}

    answer = voice.client.post("/v1/me/preferences/explain", json=basket, headers=voice.headers)

    assert (answer.status_code, list(answer.json["errors"])) == (422, [path])
