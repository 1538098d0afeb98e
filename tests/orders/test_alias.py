"""The name that a customer chooses for one order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Invalid
from service.preferences.rules.alias import MOST, check_alias

from .shop import Shop


def test_it_is_on_the_quote_and_on_the_order_and_says_who_chose_it(shop: Shop) -> None:
    chosen = {"name": "Zoë", "source": {"kind": "customer_choice"}}

    quote = shop.quote(pickup={"alias": " Zoe\u0308 "}).json
    order = shop.place(quote["id"]).json

    assert quote["pickup"]["alias"] == order["pickup"]["alias"] == chosen
    assert shop.show(order["id"]).json["pickup"]["alias"] == chosen
    assert shop.placed()["pickup"]["alias"] is None


def test_a_changed_order_goes_by_the_new_quotes_name(shop: Shop) -> None:
    order = shop.placed(pickup={"alias": "Maya"})

    changed = shop.change(order["id"], shop.quote(pickup={"alias": "Ines"}, replaces_order_id=order["id"]).json["id"])

    assert changed.json["pickup"]["alias"]["name"] == "Ines"


@pytest.mark.parametrize(
    "alias", ["", "x" * 21, "\u202eaya", "a\u200bb", "a" + "\u0301" * 4, "...", "\u3164", "A\u2800a", 7]
)
def test_what_can_not_be_shown_as_one_short_line_is_refused(shop: Shop, alias: object) -> None:
    answer = shop.quote(pickup={"alias": alias})

    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["pickup.alias"]


@pytest.mark.parametrize(
    "alias", ["<b>Bobby</b>", "'); DROP TABLE", "李小龍", "مريم", "👩🏽\u200d🚀 Ada", "O’Neil & co."]
)
def test_names_of_the_world_are_names(alias: str) -> None:
    assert check_alias(alias) == alias


@given(st.text(max_size=40))
def test_an_alias_is_short_and_taken_twice_is_the_same(text: str) -> None:
    try:
        alias = check_alias(text)
    except Invalid:
        return
    assert alias is not None
    assert 1 <= len(alias) <= MOST
    assert check_alias(alias) == alias
