"""Orders that a card pays: reserved with the placing, taken when the store starts, given back to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from service import clock, events
from service.orders import actions
from service.payments.actions import PaymentFailed
from service.wallet import actions as wallet
from tests.factories import make_guest, sign_in_as

from .paying import AT_PICKUP, WALLET, Payer, states
from .shop import Shop


def card(payer: Payer, token: str = "sandbox_visa") -> dict[str, Any]:
    """Return a tender."""
    return {"kind": "card", "method_id": payer.card(token)}


def total(order: Any) -> int:
    """Return an order's total."""
    amount: int = order["totals"]["total"]["amount_minor"]
    return amount


def payment(payer: Payer, order: Any, number: int = 1) -> tuple[str, int, int]:
    """Return state, captured and given back of the payment of a tender."""
    payment_id = order["tenders"][number - 1]["payment_id"]
    shown = payer.client.get(f"/v1/me/payments/{payment_id}", headers=payer.headers).json
    return shown["state"], shown["captured"]["amount_minor"], shown["refunded"]["amount_minor"]


def test_a_card_is_reserved_with_the_placing_and_taken_when_the_store_starts(payer: Payer) -> None:
    order = payer.placed(WALLET, card(payer), tip={"amount_minor": 50})

    rest = total(order) - 300
    assert (states(order), order["payment_pending"]) == ([("wallet", "held", 300), ("card", "held", rest)], False)
    assert payment(payer, order, 2) == ("authorised", 0, 0)
    payer.fire(order)
    payer.reconcile()
    assert payment(payer, order, 2) == ("captured", rest + 50, 0)
    tax = order["totals"]["tax"]["amount_minor"]
    assert payer.house() == {"revenue": total(order) - tax, "tax": tax, "tips": 50}
    assert payer.has() == (0, 0)
    payer.sound()


def test_a_declined_card_ends_the_order_says_why_and_frees_all_it_held(payer: Payer) -> None:
    order = payer.placed(WALLET, card(payer, "sandbox_declined"))

    assert (order["state"], order["end_reason"]) == ("cancelled", "payment_failed: card_declined")
    assert [state for _, state, _ in states(order)] == ["freed", "failed"]
    assert payer.has() == (300, 300)
    assert payer.placed(WALLET, card(payer))["state"] == "placed"
    payer.sound()


def test_an_order_is_not_started_before_its_card_is_reserved(payer: Payer) -> None:
    shop = payer.shop
    order = payer.placed(card(payer, "sandbox_timeout"))
    assert (order["payment_pending"], states(order)[0][1]) == (True, "pending")
    seen = shop.show(order["id"], headers=shop.barista).json
    assert "fired" not in seen["next_actions"]
    refused = shop.move(order["id"], "fired")
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/payment-pending")
    with shop.app.database.writing.begin() as session:
        assert actions.fire_due_orders(session, now=clock.now() + timedelta(hours=1)) == 0

    payer.reconcile()

    assert shop.show(order["id"]).json["payment_pending"] is False
    payer.fire(order)
    for _ in range(2):
        payer.reconcile()
    assert payment(payer, order) == ("captured", total(order), 0)
    payer.sound()


def test_placing_again_asks_the_card_once(payer: Payer) -> None:
    quote = payer.quote(card(payer)).json
    first = payer.shop.place(quote["id"], client_order_id="app-same-order").json
    again = payer.shop.place(quote["id"], client_order_id="app-same-order").json
    assert (again["id"], again["tenders"]) == (first["id"], first["tenders"])
    payer.sound()


def test_cancelling_lets_the_card_go(payer: Payer) -> None:
    order = payer.placed(card(payer))
    payer.shop.cancel(order["id"])
    payer.reconcile()
    assert payment(payer, order) == ("voided", 0, 0)
    payer.sound()


def test_what_is_given_back_goes_to_the_card_before_the_wallet(payer: Payer) -> None:
    order = payer.placed(WALLET, card(payer))
    payer.fire(order)
    payer.shop.move(order["id"], "rejected", reason="oven broke")  # before the card's bank was asked to capture
    for _ in range(2):
        payer.reconcile()

    rest = total(order) - 300
    assert payment(payer, order, 2) == ("captured", rest, rest)
    assert payer.has() == (300, 300)
    (refund,) = payer.receipt(order)["refunds"]
    assert [each["kind"] for each in refund["tenders"]] == ["card", "wallet"]
    assert set(payer.house().values()) == {0}
    payer.sound()


def test_every_entry_of_an_order_names_it_until_it_is_forgotten(payer: Payer) -> None:
    order = payer.placed(WALLET, card(payer))
    payer.fire(order)
    payer.reconcile()
    payer.shop.refund(order["id"], amount_minor=total(order))
    payer.reconcile()

    entries = payer.client.get("/v1/me/wallet/entries?currency=USD", headers=payer.headers).json["data"]
    assert [(each["reason"], each["order_id"]) for each in entries] == [
        ("refund", order["id"]),
        ("payment", order["id"]),
        ("load", None),
    ]
    with payer.shop.app.database.writing.begin() as session:
        wallet.forget_order(session, order_id=UUID(order["id"]))
    entries = payer.client.get("/v1/me/wallet/entries?currency=USD", headers=payer.headers).json["data"]
    assert [each["order_id"] for each in entries] == [None, None, None]
    payer.sound()


def test_what_a_card_does_not_take_back_is_in_the_wallet(payer: Payer) -> None:
    order = payer.placed(card(payer, "sandbox_refund_refused"))
    payer.fire(order)
    payer.reconcile()
    refunded = payer.shop.refund(order["id"], amount_minor=100)
    assert refunded.status_code == 201, refunded.text
    payer.reconcile()
    assert payer.has() == (400, 400)
    (refund,) = payer.receipt(order)["refunds"]
    assert [(each["kind"], each["amount"]["amount_minor"]) for each in refund["tenders"]] == [("wallet", 100)]
    payer.sound()


def test_what_a_guests_card_does_not_take_back_is_theirs_to_see_and_to_cash_out(shop: Shop) -> None:
    guest = Payer(shop, sign_in_as(shop.app, make_guest(shop.session)))
    order = guest.placed(card(guest, "sandbox_refund_refused"))
    guest.fire(order)
    guest.reconcile()
    assert shop.refund(order["id"], amount_minor=100).status_code == 201
    guest.reconcile()

    assert guest.has() == (100, 100)
    (entry,) = guest.client.get("/v1/me/wallet/entries?currency=USD", headers=guest.headers).json["data"]
    assert (entry["reason"], entry["order_id"]) == ("refund", order["id"])
    wanted = {"currency": "USD", "channel": "till"}
    key = {"Idempotency-Key": str(uuid4())}
    made = guest.client.post("/v1/me/wallet/cash-outs", json=wanted, headers=guest.headers | key).json
    counted = {"code": made["code"], "amount": made["amount"]}
    till = f"/v1/stores/{shop.store.id}/cash-outs"
    assert guest.client.post(till, json=counted, headers=shop.barista | key).status_code == 201
    assert guest.has() == (0, 0)
    guest.sound()


def test_what_a_cards_bank_sends_back_days_later_is_in_the_wallet_once(payer: Payer) -> None:
    order = payer.placed(card(payer, "sandbox_refund_returned"))
    payer.fire(order)
    payer.reconcile()
    assert payer.shop.refund(order["id"], amount_minor=100).status_code == 201
    payer.reconcile()
    for _ in range(3):
        payer.reconcile()
    assert (payer.has(), payment(payer, order)) == ((400, 400), ("captured", total(order), 0))
    (refund,) = payer.receipt(order)["refunds"]
    assert [each["kind"] for each in refund["tenders"]] == ["wallet"]
    entry = payer.client.get("/v1/me/wallet/entries?currency=USD", headers=payer.headers).json["data"][0]
    assert (entry["reason"], entry["order_id"]) == ("refund_returned", order["id"])
    payer.sound()


def test_a_card_that_is_refused_after_the_start_is_due_at_pickup(payer: Payer) -> None:
    shop = payer.shop
    order = payer.placed(card(payer, "sandbox_capture_refused"), tip={"amount_minor": 30})
    payer.fire(order)
    payer.reconcile()
    (ticket,) = shop.client.get(f"/v1/stores/{shop.store.id}/queue", headers=shop.barista).json["data"]
    assert ticket["to_pay"]["amount_minor"] == total(order) + 30
    assert states(shop.show(order["id"]).json) == [("card", "failed", total(order))]
    payer.sound()


def test_a_change_reserves_anew_and_lets_the_old_go(payer: Payer) -> None:
    shop = payer.shop
    order = payer.placed(card(payer))
    quote = shop.quote(shop.line(quantity=2), tenders=[WALLET, card(payer)], replaces_order_id=order["id"]).json
    changed = shop.change(order["id"], quote["id"]).json
    assert (changed["state"], changed["payment_pending"]) == ("placed", False)
    payer.reconcile()
    assert payment(payer, order) == ("voided", 0, 0)
    assert payment(payer, changed, 2)[0] == "authorised"
    payer.sound()


def test_a_card_that_is_not_ones_own_is_not_found(payer: Payer) -> None:
    other = Payer(payer.shop, payer.shop.other)
    assert payer.quote({"kind": "card", "method_id": other.card()}).status_code == 404
    assert payer.quote({"kind": "card"}).status_code == 422
    assert payer.quote(AT_PICKUP | {"method_id": str(uuid4())}).status_code == 422


def test_a_refused_card_whose_fact_nobody_hears_leaves_the_order_waiting(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without what joins payments to orders it would never end."""
    monkeypatch.setitem(events.in_transaction, PaymentFailed, [])
    assert payer.placed(card(payer, "sandbox_declined"))["state"] == "placed"


def test_a_card_that_is_refused_after_a_refund_of_it_is_settled(payer: Payer) -> None:
    shop = payer.shop
    order = payer.placed(card(payer, "sandbox_capture_refused"), tip={"amount_minor": 30})
    payer.fire(order)
    assert shop.refund(order["id"], amount_minor=100).status_code == 201  # before its bank was asked to capture
    payer.reconcile()

    assert payment(payer, order) == ("failed", 0, 0)
    assert states(shop.show(order["id"]).json) == [("card", "failed", total(order))]
    payer.sound()
