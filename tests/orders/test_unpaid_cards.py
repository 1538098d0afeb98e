"""Cards that are refused after the store started: nobody is given money that nobody paid, and the till asks for all."""

from __future__ import annotations

from typing import Any

import pytest

from .paying import WALLET, Payer, states
from .shop import Shop
from .test_cards import card, total
from .test_reject_lines import policy


@pytest.fixture
def payer(shop: Shop) -> Payer:
    """The shop's customer, with 3.00 in the wallet."""
    payer = Payer(shop)
    payer.load(300)
    return payer


def due(payer: Payer) -> int:
    """Return what the one ticket in the queue says is to be paid."""
    shop = payer.shop
    (ticket,) = shop.client.get(f"/v1/stores/{shop.store.id}/queue", headers=shop.barista).json["data"]
    found: int = ticket["to_pay"]["amount_minor"]
    return found


def two_lines(payer: Payer, *tenders: dict[str, Any], **basket: Any) -> Any:
    """Place two flat whites in two lines, of which either can be taken out."""
    lines = [payer.shop.line(if_unavailable=policy("refund_line")) for _ in range(2)]
    quote = payer.shop.quote(*lines, tenders=list(tenders), **basket)
    return payer.shop.place(quote.json["id"]).json


def paid(payer: Payer, order: Any) -> tuple[int, int]:
    """Return what an order says was paid for it, and given back."""
    tender = payer.shop.show(order["id"]).json["tender"]
    return tender["paid"]["amount_minor"], tender["refunded"]["amount_minor"]


def test_a_line_taken_out_after_the_refusal_lowers_what_is_due_before_anything_goes_back(payer: Payer) -> None:
    order = two_lines(payer, WALLET, card(payer, "sandbox_capture_refused"))
    payer.fire(order)
    payer.reconcile()
    assert due(payer) == total(order) - 300

    payer.shop.reject(order["id"], 1)

    assert (due(payer), payer.has()) == (total(order) // 2 - 300, (0, 0))
    for to in ("ready", "picked_up"):
        last = payer.shop.move(order["id"], to).json
    assert [(kind, state) for kind, state, _ in states(last)] == [("wallet", "paid"), ("pay_at_pickup", "paid")]
    left = payer.shop.refund(order["id"], amount_minor=total(order) // 2)
    assert left.status_code == 201, left.text
    assert payer.has() == (300, 300)
    assert payer.shop.refund(order["id"], amount_minor=1).status_code == 409
    payer.sound()


def test_a_refusal_heard_after_a_line_was_taken_out_leaves_the_rest_due(payer: Payer) -> None:
    order = two_lines(payer, card(payer, "sandbox_capture_refused"), tip={"amount_minor": 30})
    payer.fire(order)
    payer.shop.reject(order["id"], 1)
    payer.reconcile()

    assert states(payer.shop.show(order["id"]).json) == [("card", "failed", total(order))]
    assert due(payer) == total(order) // 2 + 30
    payer.sound()


def test_what_staff_give_back_while_something_is_due_is_given_once(payer: Payer) -> None:
    order = two_lines(payer, WALLET, {"kind": "pay_at_pickup"})
    payer.fire(order)
    payer.shop.refund(order["id"], amount_minor=100)
    assert due(payer) + payer.has()[0] * -1 == total(order) - 300 - 100


def test_a_refusal_heard_after_the_pickup_is_told_and_earns_nothing_back(payer: Payer) -> None:
    order = two_lines(payer, WALLET, card(payer, "sandbox_capture_refused"))
    payer.fire(order)
    for to in ("ready", "picked_up"):
        payer.shop.move(order["id"], to)
    before = payer.shop.show(order["id"]).json["version"]
    payer.reconcile()

    assert paid(payer, order) == (300, 0)
    assert payer.shop.show(order["id"]).json["version"] > before
    assert payer.shop.refund(order["id"], amount_minor=301).status_code == 409
    assert payer.shop.refund(order["id"], amount_minor=300).status_code == 201
    assert payer.has() == (300, 300)
    payer.sound()
