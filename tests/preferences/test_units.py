"""Kind `units`: nutrition in the customer's units beside the menu's own, where they said some."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.preferences.rules.units import CONVERSIONS, Units
from service.sources import CHOSEN
from tests.factories import SmallMenu, make_menu
from tests.orders.shop import Shop
from tests.orders.test_reject_lines import policy, soon

from .voice import Voice

KJ = Units((CONVERSIONS["kJ"], CONVERSIONS["oz"], CONVERSIONS["fl_oz"]), CHOSEN)


@pytest.fixture
def menu(shop: Shop) -> SmallMenu:
    """An Americano has 10 kcal and 150 mg of caffeine, a croissant 260 kcal and 6.5 g of sugars."""
    return make_menu(shop.session)


def my_menu(voice: Voice) -> Any:
    """Read the shop's menu as the customer's."""
    return voice.client.get(f"/v1/me/stores/{voice.shop.store.id}/menu", headers=voice.headers)


def test_a_quote_tells_it_beside_what_the_menu_states(voice: Voice, menu: SmallMenu) -> None:
    before = voice.shop.quote(voice.shop.line(menu.croissant)).json["lines"][0]
    said = voice.say("units", energy="kJ", mass="oz").json

    (line,) = voice.shop.quote(voice.shop.line(menu.croissant)).json["lines"]

    told = line.pop("nutrition_in_units")
    assert told["facts"] == {"energy_kj": 1088, "sugars_oz": 0.23}
    assert (told["source"]["id"], told["source"]["preference"]) == (said["id"], "units")
    assert line == before


@pytest.mark.parametrize("value", [None, {"energy": "kcal", "mass": "g", "volume": "ml"}])
def test_who_said_nothing_or_the_menus_own_finds_nothing_of_it(
    voice: Voice, menu: SmallMenu, value: dict[str, str] | None
) -> None:
    if value is not None:
        assert voice.say("units", **value).status_code == 200

    quote = voice.shop.quote(voice.shop.line(menu.croissant))

    assert "in_units" not in quote.text + my_menu(voice).text
    assert "units" not in my_menu(voice).json


def test_ones_own_menu_tells_it_and_everyones_stays_the_same(voice: Voice, menu: SmallMenu) -> None:
    public = voice.client.get(f"/v1/stores/{voice.shop.store.id}/menu", headers=voice.headers).data
    unsaid = my_menu(voice)
    said = voice.say("units", energy="kJ").json

    answer = my_menu(voice)

    assert answer.json["units"] == {
        "energy": "kJ",
        "source": {
            "kind": "customer_rule",
            "preference": "units",
            **{k: said[k] for k in ("id", "version", "said_at")},
        },
    }
    (croissant,) = (each for each in answer.json["menu"]["items"] if each["id"] == str(menu.croissant))
    assert croissant["sizes"][0]["in_units"] == {"energy_kj": 1088}
    assert croissant["sizes"][0]["nutrition"]["energy_kcal"] == 260
    assert answer.headers["ETag"] != unsaid.headers["ETag"]
    assert voice.client.get(f"/v1/stores/{voice.shop.store.id}/menu", headers=voice.headers).data == public
    voice.withdraw("units")
    assert my_menu(voice).data == unsaid.data


def test_what_takes_a_lines_place_tells_it_too(voice: Voice, menu: SmallMenu) -> None:
    shop = voice.shop
    voice.say("units", energy="kJ")
    line = shop.line(menu.americano, if_unavailable=policy("closest", shop.line(menu.croissant)))
    order = shop.placed(line, shop.line(menu.croissant), pickup=soon())

    lines = shop.reject(order["id"], 1).json["lines"]

    assert lines[0]["nutrition_in_units"]["facts"] == lines[1]["nutrition_in_units"]["facts"] == {"energy_kj": 1088}


def test_a_unit_that_there_is_not_is_refused(voice: Voice) -> None:
    assert list(voice.say("units", energy="BTU").json["errors"]) == ["value.energy"]
    assert voice.say("units").status_code == 422


@settings(max_examples=50)
@given(st.decimals(0, 5_000, places=2))
def test_what_is_told_is_within_half_a_step_of_what_is_stated(amount: Decimal) -> None:
    told = KJ.told(
        {"energy_kcal": amount, "sugars_g": amount, "water_ml": amount, "caffeine_mg": amount, "fat_percent": 1}
    )

    assert set(told) == {"energy_kj", "sugars_oz", "water_fl_oz"}
    for name, unit in (("energy_kj", "kJ"), ("sugars_oz", "oz"), ("water_fl_oz", "fl_oz")):
        assert abs(Decimal(str(told[name])) - amount * CONVERSIONS[unit].factor) <= CONVERSIONS[unit].step / 2
