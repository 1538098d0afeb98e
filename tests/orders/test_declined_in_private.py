"""Why a card was declined is its customer's to read: their store, and who acts for them, read that it wasn't paid."""

from __future__ import annotations

from typing import Any

import pytest

from .errand import Errand
from .paying import WALLET, Payer
from .shop import Shop
from .test_cards import card, total
from .test_change_cards import quote

SAID = "insufficient_funds"


@pytest.fixture
def declined(payer: Payer) -> Any:
    """An order that ended because its card was declined."""
    order = payer.placed(WALLET, card(payer, "sandbox_insufficient_funds"))
    assert total(order) > 300
    return order


@pytest.mark.parametrize("path", ["", "/receipt"])
def test_its_customer_reads_what_the_bank_said_and_staff_that_it_was_not_paid(
    payer: Payer, declined: Any, path: str
) -> None:
    def read(headers: dict[str, str]) -> tuple[str, bytes]:
        answer = payer.client.get(f"/v1/orders/{declined['id']}{path}", headers=headers)
        return answer.json.get("order", answer.json)["end_reason"], answer.data

    assert read(payer.headers)[0] == declined["end_reason"] == f"payment_failed: {SAID}"
    reason, whole = read(payer.shop.barista)
    assert (reason, SAID.encode() in whole) == ("payment_failed", False)


def test_so_it_is_in_lists_and_streams(payer: Payer, declined: Any) -> None:
    listed = payer.client.get("/v1/me/orders", headers=payer.headers).json["data"]
    assert [each["end_reason"] for each in listed] == [f"payment_failed: {SAID}"]
    own, staffs = (payer.shop.told(declined["id"], who) for who in (payer.headers, payer.shop.barista))
    assert own.count("event: ") == staffs.count("event: ") > 1
    assert f"payment_failed: {SAID}" in own
    assert ("payment_failed" in staffs, SAID in staffs) == (True, False)


def test_another_reason_is_everybodys(payer: Payer) -> None:
    order = payer.placed(WALLET | {"most_minor": 300}, {"kind": "pay_at_pickup"})
    payer.fire(order)
    payer.shop.move(order["id"], "rejected", reason="no beans")
    for headers in (payer.headers, payer.shop.barista):
        assert payer.client.get(f"/v1/orders/{order['id']}", headers=headers).json["end_reason"] == "no beans"


def test_who_orders_for_somebody_is_not_told_what_their_bank_said(shop: Shop) -> None:
    """Jane changes what Ana ordered for her to her own card, which is declined."""
    errand = Errand(shop)
    order, jane = errand.placed(), Payer(shop)
    refused = shop.change(order["id"], quote(jane, order, card(jane, "sandbox_insufficient_funds")))
    assert (refused.status_code, refused.json["reason"]) == (402, SAID)

    path = f"/v1/orders/{order['id']}"
    assert errand.get(path, shop.customer).json["dropped_change"]["bank_reason"] == SAID
    for seen in (errand.get(path), errand.get("/v1/me/orders")):
        assert (seen.status_code, SAID.encode() in seen.data) == (200, False)
    assert errand.get(path).json["dropped_change"]["reason"] == "card-refused"
