"""Staff give the tip back alone, or beside lines or an amount: the last tender first, never more than was tipped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from service.orders.actions import paying
from service.orders.models import OrderTender
from tests.wallet.purse import at_once

from .paying import AT_PICKUP, WALLET, Payer
from .shop import Shop
from .test_races import outcomes


@pytest.fixture
def payer(shop: Shop) -> Payer:
    """The shop's customer, with 20.00."""
    payer = Payer(shop)
    payer.load(2_000)
    return payer


def paid(payer: Payer, *tenders: dict[str, Any], tip: int = 100) -> Any:
    """Place an order with a tip, and let the store start."""
    return payer.fire(payer.placed(*tenders, tip={"amount_minor": tip}))


def tips(payer: Payer) -> int:
    """Return what the ledger says that the store was tipped."""
    return payer.house().get("tips", 0)


def test_a_tip_is_given_back_alone_in_parts_and_never_more_than_it(payer: Payer) -> None:
    order = paid(payer)
    before = payer.has()[0]

    refund = payer.shop.refund(order["id"], tip_minor=60)
    assert refund.status_code == 201, refund.text
    assert (refund.json["amount"]["amount_minor"], refund.json["tip"]["amount_minor"], refund.json["lines"]) == (
        0,
        60,
        [],
    )
    refused = payer.shop.refund(order["id"], tip_minor=41)
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/nothing-to-refund")
    assert refused.json["refundable_tip_minor"] == 40

    assert (payer.has()[0], tips(payer)) == (before + 60, 40)
    assert payer.receipt(order)["order"]["tender"]["refunded"]["amount_minor"] == 0
    assert payer.receipt(order)["refunds"] == [refund.json]
    page = payer.client.get(f"/v1/orders/{order['id']}/receipt", headers=payer.headers | {"Accept": "text/html"}).text
    assert "tip $0.60" in page
    payer.sound()


def test_beside_all_of_the_lines_nothing_is_left_and_nothing_offered(payer: Payer) -> None:
    order = paid(payer)
    line = [{"position": 1, "quantity": 1}]
    assert payer.shop.refund(order["id"], lines=line).status_code == 201
    assert "refund" in payer.shop.show(order["id"], payer.shop.barista).json["next_actions"]
    assert payer.shop.refund(order["id"], tip_minor=100).status_code == 201
    assert "refund" not in payer.shop.show(order["id"], payer.shop.barista).json["next_actions"]

    other = paid(payer)
    both = payer.shop.refund(other["id"], lines=line, tip_minor=100).json
    assert (both["amount"], both["tip"]) == (other["totals"]["total"], {"amount_minor": 100, "currency": "USD"})
    assert (payer.has()[0], tips(payer)) == (2_000, 0)
    payer.sound()


def test_the_last_tender_gets_it_first(payer: Payer) -> None:
    card = {"kind": "card", "method_id": payer.card()}
    order = paid(payer, {"kind": "wallet", "most_minor": 483}, card, tip=100)  # 50 of the tip each
    payer.reconcile()
    before = payer.has()[0]

    refund = payer.shop.refund(order["id"], tip_minor=70).json
    payer.reconcile()

    assert [(each["kind"], each["tip"]["amount_minor"]) for each in refund["tenders"]] == [("card", 50), ("wallet", 20)]
    assert (payer.has()[0], tips(payer)) == (before + 20, 30)
    payer.sound()


def test_who_tipped_nothing_or_at_the_till_gets_nothing_before_it_is_paid(payer: Payer) -> None:
    order = payer.fire(payer.placed(WALLET))
    assert payer.shop.refund(order["id"], tip_minor=1).status_code == 409
    at_till = payer.fire(payer.placed(AT_PICKUP, tip={"amount_minor": 50}))
    assert payer.shop.refund(at_till["id"], tip_minor=1).status_code == 409
    for to in ("in_preparation", "ready", "picked_up"):
        payer.shop.move(at_till["id"], to)

    assert payer.shop.refund(at_till["id"], tip_minor=50).json["tenders"][0]["kind"] == "pay_at_pickup"
    assert tips(payer) == 0  # the till's own
    payer.sound()


def refund_at_once(payer: Payer, order: Any) -> Mapping[str, int]:
    """Let eight give the whole tip back at once."""
    return outcomes(at_once(8, lambda _: payer.shop.refund(order["id"], tip_minor=100)))


def test_of_eight_who_give_it_back_at_once_one_does(payer: Payer) -> None:
    order = paid(payer)

    assert refund_at_once(payer, order) == {"201": 1, "/problems/nothing-to-refund": 7}
    assert tips(payer) == 0
    payer.sound()


@pytest.mark.broken_on_purpose
def test_control_without_noting_it_a_tip_is_given_back_again(payer: Payer, monkeypatch: pytest.MonkeyPatch) -> None:
    order = paid(payer)
    monkeypatch.setattr(paying, "change", lambda *_, **__: None)

    for _ in range(2):
        assert payer.shop.refund(order["id"], tip_minor=100).status_code == 201

    assert tips(payer) == -100
    with payer.shop.app.database.reading() as session:
        assert session.scalar(sa.select(OrderTender.tip_refunded_minor)) == 0
