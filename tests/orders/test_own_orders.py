"""Staff and the orders that they placed themselves (docs/decisions/0011)."""

from __future__ import annotations

import pytest

from tests.factories import make_operator, sign_in_as

from .shop import Shop


@pytest.fixture
def own(shop: Shop) -> Shop:
    """The shop, whose customer is its own barista."""
    shop.customer = shop.barista
    return shop


def test_staff_make_and_hand_over_their_own_order(own: Shop) -> None:
    order = own.finished()

    assert (order["state"], order["tender"]["paid"]) == ("picked_up", order["totals"]["total"])


def test_nobody_refunds_their_own_order(own: Shop) -> None:
    order = own.finished()

    answer = own.refund(order["id"], amount_minor=1)

    assert (answer.status_code, answer.json["type"]) == (403, "/problems/own-order")
    assert own.show(order["id"]).json["tender"]["refunded"]["amount_minor"] == 0


def test_nobody_rejects_their_own_order(own: Shop) -> None:
    order = own.placed()
    own.move(order["id"], "fired")

    assert own.move(order["id"], "rejected").json["type"] == "/problems/own-order"
    assert own.show(order["id"]).json["state"] == "fired"


def test_no_operator_does_either(shop: Shop) -> None:
    shop.customer = sign_in_as(shop.app, make_operator(shop.session))
    order = shop.finished()

    assert shop.refund(order["id"], headers=shop.customer, amount_minor=1).status_code == 403
    assert shop.refund(order["id"], amount_minor=1).status_code == 201  # someone else of the store


def test_what_one_may_not_do_is_not_offered(own: Shop) -> None:
    order = own.placed()
    waiting = own.show(order["id"]).json["next_actions"]
    moved = own.move(order["id"], "fired").json["next_actions"]
    for to in ("ready", "picked_up"):
        own.move(order["id"], to)

    assert waiting == ["change", "cancel", "fired", "cancelled"]
    assert moved == ["in_preparation", "ready"]
    assert own.show(order["id"]).json["next_actions"] == []
