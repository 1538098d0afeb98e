"""An order that rewards made wholly free is given back by its units: no money moves, the stars come back, once."""

from __future__ import annotations

from typing import Any

import pytest

from service.orders.queries import earning
from tests.orders.test_races import outcomes
from tests.wallet.purse import at_once

from .club import LONG_AGO, PROGRAMME, Club, programme
from .test_ordering import pick_up
from .test_rewards_in_orders import state

BAKE = {
    "key": "bake",
    "label": "A bake",
    "stars": 5,
    "kind": "item",
    "skus": ["CR"],
    "amounts": [{"amount_minor": 900, "currency": "USD"}],
}


@pytest.fixture
def free(club: Club) -> tuple[dict[str, Any], str]:
    """An order of two croissants, each taken off by a reward, and one of those."""
    club.publish(programme(effective_on="2026-02-02", rewards=[*PROGRAMME["rewards"], BAKE]), now=LONG_AGO)
    club.earn(10)
    rewards = [club.redeem("bake").json["id"] for _ in range(2)]
    line = club.shop.line(club.shop.croissant, quantity=2)
    order = club.shop.placed(line, rewards=[{"redemption_id": each} for each in rewards])
    assert order["totals"]["total"]["amount_minor"] == 0
    assert club.stars() == 0
    return order, rewards[0]


def give_back(club: Club, order: dict[str, Any], quantity: int = 2) -> Any:
    """Give back croissants."""
    return club.shop.refund(order["id"], lines=[{"position": 1, "quantity": quantity}])


def test_its_stars_come_back_with_its_last_unit_though_no_money_does(
    club: Club, free: tuple[dict[str, Any], str]
) -> None:
    order, reward = free
    pick_up(club, order["id"])
    earned = club.stars()
    assert "refund" in club.shop.show(order["id"], club.shop.barista).json["next_actions"]

    first = give_back(club, order, 1)
    assert (first.status_code, "rewards" in first.json) == (201, False)
    assert state(club, reward)[0] == "used"
    rest = give_back(club, order, 1).json

    assert (rest["amount"]["amount_minor"], rest["tax"]["amount_minor"]) == (0, 0)
    assert [(each["label"], each["stars"]) for each in rest["rewards"]] == [("A bake", 5)] * 2
    assert (state(club, reward)[0], club.stars()) == ("cancelled", 10)
    assert earned == 10  # five for each bake, and they went with it
    receipt = club.client.get(f"/v1/orders/{order['id']}/receipt", headers=club.headers)
    assert receipt.json["refunds"] == [first.json, rest]
    page = club.client.get(f"/v1/orders/{order['id']}/receipt", headers=club.headers | {"Accept": "text/html"}).text
    assert "A bake: 5 stars back" in page
    again = give_back(club, order, 1)
    assert (again.status_code, list(again.json["errors"])) == (422, ["lines.0.quantity"])
    assert club.shop.refund(order["id"], amount_minor=1).status_code == 409
    club.expect_whole()


def test_before_the_store_starts_or_where_it_ended_unmade_there_is_nothing_to_give_back(
    club: Club, free: tuple[dict[str, Any], str]
) -> None:
    order, reward = free
    assert give_back(club, order).json["type"] == "/problems/nothing-to-refund"
    club.shop.move(order["id"], "fired")
    assert club.shop.move(order["id"], "rejected", reason="oven broke").status_code == 200

    assert (state(club, reward)[0], club.stars()) == ("cancelled", 10)
    assert give_back(club, order).json["type"] == "/problems/nothing-to-refund"
    assert "refund" not in club.shop.show(order["id"], club.shop.barista).json["next_actions"]
    club.expect_whole()


def test_units_that_were_given_back_by_amount_are_not_free(club: Club) -> None:
    order = club.shop.finished()
    paid = order["tender"]["paid"]["amount_minor"]
    assert club.shop.refund(order["id"], amount_minor=paid).status_code == 201

    assert club.shop.refund(order["id"], lines=[{"position": 1, "quantity": 1}]).status_code == 409


def test_of_eight_who_give_it_back_at_once_one_does(club: Club, free: tuple[dict[str, Any], str]) -> None:
    order, _ = free
    pick_up(club, order["id"])

    assert outcomes(at_once(8, lambda _: give_back(club, order))) == {"201": 1, "/problems/invalid": 7}
    assert club.stars() == 10
    club.expect_whole()


@pytest.mark.broken_on_purpose
def test_control_a_reward_of_whose_lines_something_is_left_stays_used(
    club: Club, free: tuple[dict[str, Any], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    order, reward = free
    pick_up(club, order["id"])
    monkeypatch.setattr(earning.rules, "rewards_over", lambda *_: [])

    assert give_back(club, order).status_code == 201
    assert state(club, reward)[0] == "used"
