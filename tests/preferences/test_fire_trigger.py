"""When the store starts, said once."""

from __future__ import annotations

from typing import Any

import pytest

from service import clock
from tests.orders.shop import Shop
from tests.orders.test_arrive import ON_ARRIVAL, tap
from tests.orders.test_reject_lines import soon

from .voice import Voice

ON_MY_WAY = {"trigger": "on_my_way", "minutes": 15, "if_latest": "cancel"}


def test_it_fills_an_order_that_names_neither_a_trigger_nor_a_time(voice: Voice, shop: Shop) -> None:
    said = voice.say("fire_trigger", **ON_MY_WAY).json

    order = shop.placed()

    fire = order["fire"]
    assert (order["state"], fire["trigger"], fire["minutes"], fire["if_latest"]) == ("held", "on_my_way", 15, "cancel")
    assert (fire["source"]["preference"], fire["source"]["id"]) == ("fire_trigger", said["id"])
    assert fire["latest_at"] > clock.now().isoformat()


def test_the_tap_counts_the_minutes_that_were_said(voice: Voice, shop: Shop) -> None:
    voice.say("fire_trigger", **ON_MY_WAY)
    order = shop.placed()

    tapped = tap(shop, order["id"], "on_my_way").json

    assert tapped["state"] != "held"
    assert tapped["arrival"]["expected_at"] > clock.now().isoformat()


def test_what_the_order_names_wins(voice: Voice, shop: Shop) -> None:
    voice.say("fire_trigger", **ON_MY_WAY)

    assert shop.quote(fire={"trigger": "asap"}).json["fire"]["source"] == {"kind": "customer_choice"}
    assert shop.quote(fire=ON_ARRIVAL).json["fire"]["trigger"] == "on_arrival"
    at_a_time = shop.quote(pickup=soon()).json["fire"]
    assert (at_a_time["trigger"], at_a_time["source"]) == ("for_window", {"kind": "store_default"})


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"trigger": "for_window"}, "trigger"),
        ({"trigger": "on_arrival"}, "if_latest"),
        ({"trigger": "asap", "if_latest": "fire"}, "if_latest"),
        ({"trigger": "on_arrival", "if_latest": "fire", "minutes": 5}, "minutes"),
    ],
)
def test_what_does_not_fit_together_is_named(voice: Voice, value: dict[str, Any], field: str) -> None:
    answer = voice.say("fire_trigger", **value)

    assert (answer.status_code, list(answer.json["errors"])) == (422, [f"value.{field}"])
