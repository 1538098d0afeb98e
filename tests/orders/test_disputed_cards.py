"""Orders that are given back while, before or after a bank disputes their card: the customer gets it once, from whoever
gives it, and the ledger holds after every step."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations_with_replacement
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from service import clock
from service.payments.driving import provider_agrees
from service.payments.models import PaymentStep
from service.payments.providers import bank_day, sandbox, signatures
from service.payments.providers.bank import SandboxDispute, SandboxEvent, SandboxPayment
from service.payments.rules import reversals as reversing
from service.payments.rules import seen as seen_rules
from service.wallet.queries.audit import _house
from tests.wallet.purse import at_once

from .paying import WALLET, Payer
from .test_cards import card, total

LOST, WON = "sandbox_disputed", "sandbox_dispute_won"


def bank_looks(payer: Payer) -> None:
    """Let the bank do what it does next, and tell."""
    payer.shop.app.extensions["sayso.payments"].hear_the_bank(now=payer.now)


def take(payer: Payer, order: Any) -> None:
    """Let the store start, and the card be charged; its bank has heard of nothing yet."""
    payer.fire(order)
    drive(payer, order)


def drive(payer: Payer, order: Any) -> None:
    """Let what is wanted of the order's card be done, and nothing else."""
    for tender in payer.shop.show(order["id"]).json["tenders"]:
        if tender["payment_id"] is not None:
            payer.shop.app.extensions["sayso.payments"].drive(UUID(tender["payment_id"]), now=payer.now)


def settled(payer: Payer) -> None:
    """Let the worker pass until nothing is open."""
    for _ in range(5):
        payer.reconcile()
    payer.sound()


def got(payer: Payer) -> int:
    """Return what the customer has of the order's money: in the wallet, by refunds to the card, and by their bank."""
    with payer.shop.app.database.reading() as session:
        of_order = sa.select(SandboxPayment.key).where(SandboxPayment.token.in_([LOST, WON]))
        back = session.scalar(
            sa.select(sa.func.sum(SandboxPayment.refunded_minor)).where(SandboxPayment.key.in_(of_order))
        )
        lost = session.scalars(
            sa.select(SandboxDispute.amount_minor).where(SandboxDispute.state == reversing.FINAL)
        ).all()
    return payer.has()[0] + (back or 0) + sum(lost)


def house(payer: Payer, kind: str) -> int:
    """Return what the chain's account of a kind adds up to."""
    with payer.shop.app.database.reading() as session:
        return _house(session, kind).get("USD", 0)


def give_back(payer: Payer, order: Any, amount_minor: int) -> None:
    """Let the store's staff give back an amount."""
    answer = payer.shop.refund(order["id"], amount_minor=amount_minor)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("token", [LOST, WON])
@pytest.mark.parametrize("when", list(combinations_with_replacement(range(4), 2)))
def test_two_refunds_and_a_dispute_in_any_order(payer: Payer, token: str, when: tuple[int, int]) -> None:
    """Each refund comes before the card is charged (0), before the dispute (1), while the bank decides (2), or after
    that (3)."""
    order = payer.placed(card(payer, token))
    payer.fire(order)
    parts = (100, total(order) - 100)
    for moment in range(4):
        for amount_minor, at in zip(parts, when, strict=True):
            if at == moment:
                give_back(payer, order, amount_minor)
        drive(payer, order)
        if moment:
            payer.sound()
            bank_looks(payer)
            payer.sound()
    settled(payer)

    assert (got(payer), payer.has()) == (300 + total(order), (300, 300))
    assert not any(payer.house().values())
    assert house(payer, "disputes") == 0  # what the bank gave is what the store gave back


@pytest.mark.parametrize("token", [LOST, WON])
@pytest.mark.parametrize("waits", [True, False])
def test_what_a_lost_dispute_took_beyond_what_was_given_back_stays_the_chains_loss(
    payer: Payer, token: str, waits: bool
) -> None:
    order = payer.placed(card(payer, token))
    take(payer, order)
    bank_looks(payer)
    if not waits:
        bank_looks(payer)
    give_back(payer, order, 100)
    settled(payer)

    taken = total(order) if token == LOST else 100
    assert got(payer) - 300 == taken
    assert house(payer, "disputes") == -(taken - 100)
    assert payer.has() == (300, 300)


def test_while_the_bank_decides_nothing_goes_back_and_the_customer_sees_it_open(payer: Payer) -> None:
    order = payer.placed(card(payer, WON))
    take(payer, order)
    bank_looks(payer)
    give_back(payer, order, total(order))

    (tender,) = payer.shop.show(order["id"]).json["tenders"]
    payment = payer.client.get(f"/v1/me/payments/{tender['payment_id']}", headers=payer.headers).json
    assert (payment["is_settled"], payment["refunded"]["amount_minor"], payer.has()) == (False, 0, (300, 300))
    with payer.shop.app.database.reading() as session:  # that it waits is nothing wrong, however long it does
        bank = payer.shop.app.extensions["sayso.payments"].provider("sandbox")
        assert provider_agrees(session, bank, now=payer.now + timedelta(days=60)) == []
    settled(payer)
    payment = payer.client.get(f"/v1/me/payments/{tender['payment_id']}", headers=payer.headers).json
    assert (payment["is_settled"], payment["refunded"]["amount_minor"]) == (True, total(order))
    assert payer.has() == (300, 300)


@pytest.mark.parametrize("token", [LOST, WON])
def test_an_order_that_the_store_cancels_while_its_card_is_disputed(payer: Payer, token: str) -> None:
    order = payer.placed(WALLET, card(payer, token))
    take(payer, order)
    bank_looks(payer)
    assert payer.shop.move(order["id"], "rejected", reason="no beans").status_code == 200
    settled(payer)
    assert got(payer) == total(order)
    assert payer.has() == (300, 300)


def dispute_a_part(payer: Payer, order: Any, amount_minor: int) -> SandboxPayment:
    """Let the bank dispute a part of the order's card alone, and decide when it looks twice."""
    (tender,) = payer.shop.show(order["id"]).json["tenders"]
    with payer.shop.app.database.writing.begin() as session:
        session.execute(sa.delete(SandboxEvent))  # what it would have disputed: all of it
        payment = session.get_one(SandboxPayment, UUID(tender["payment_id"]))
        session.add(SandboxDispute(payment_key=payment.key, amount_minor=amount_minor, state=reversing.OPEN))
        sandbox._tell(session, payment, deliveries=1)
        session.flush()
        sandbox._tell(session, payment, deliveries=1, does=bank_day.DECIDE)
        session.expunge(payment)
    return payment


@pytest.mark.parametrize("heard", [True, False])
def test_a_dispute_of_a_part_counts_for_that_part(payer: Payer, heard: bool) -> None:
    """The bank took 1.50 for good: of what is given back then it gave that, and the rest goes to the card."""
    order = payer.placed(card(payer, LOST))
    take(payer, order)
    dispute_a_part(payer, order, 150)
    if heard:
        bank_looks(payer)
        payer.sound()
    give_back(payer, order, 100)
    give_back(payer, order, total(order) - 100)
    settled(payer)

    assert (got(payer), payer.has()) == (300 + total(order), (300, 300))
    assert given_by_bank(payer) == [("done", 100), ("done", 50)]


def given_by_bank(payer: Payer) -> list[tuple[str, int]]:
    """Return how the refunds ended, and what banks gave of each."""
    with payer.shop.app.database.reading() as session:
        refunds = sa.select(PaymentStep.state, PaymentStep.by_bank_minor).where(PaymentStep.kind == "refund")
        return [(row.state, row.by_bank_minor) for row in session.execute(refunds.order_by(PaymentStep.id))]


def test_what_the_card_refuses_of_the_rest_is_in_the_wallet(payer: Payer) -> None:
    """The bank took 1.50 for good, and 2.00 were given back at its counter: less is left than is to go there."""
    order = payer.placed(card(payer, LOST))
    take(payer, order)
    payment = dispute_a_part(payer, order, 150)
    for _ in range(3):
        bank_looks(payer)
    bank = payer.shop.app.extensions["sayso.payments"].provider("sandbox")
    bank.refund_there(payment.reference, amount_minor=200)
    give_back(payer, order, total(order))
    settled(payer)

    assert given_by_bank(payer) == [("failed", 150)]
    assert payer.has()[0] == 300 + total(order) - 150
    assert house(payer, "disputes") == 0
    ((refund,),) = (each["tenders"] for each in payer.receipt(order)["refunds"])
    assert refund["kind"] == "wallet"


def test_a_bank_that_thinks_better_of_it_takes_it_from_the_customer_who_has_it_in_the_wallet_then(
    payer: Payer,
) -> None:
    order = payer.placed(card(payer, LOST))
    take(payer, order)
    bank_looks(payer)
    give_back(payer, order, 200)
    settled(payer)
    (tender,) = payer.shop.show(order["id"]).json["tenders"]
    with payer.shop.app.database.writing.begin() as session:
        session.execute(sa.update(SandboxDispute).values(state=reversing.RETURNED))
        payment = session.get_one(SandboxPayment, UUID(tender["payment_id"]))
        sandbox._tell(session, payment, deliveries=1)
    bank_looks(payer)
    settled(payer)

    assert (payer.has(), got(payer) - 300, house(payer, "disputes")) == ((500, 500), 200, 0)
    entry = payer.client.get("/v1/me/wallet/entries?currency=USD", headers=payer.headers).json["data"][0]
    assert (entry["reason"], entry["order_id"]) == ("reversal_ended", order["id"])


@pytest.mark.parametrize("token", [LOST, WON])
def test_of_many_that_hear_how_it_was_decided_one_gives_it_back(payer: Payer, token: str) -> None:
    """While staff give back the rest."""
    order = payer.placed(card(payer, token))
    take(payer, order)
    bank_looks(payer)
    give_back(payer, order, 100)
    bank = payer.shop.app.extensions["sayso.payments"].provider("sandbox")
    ((_, body),) = bank.take_webhooks(now=clock.now())

    def hear(number: int) -> int:
        client = payer.shop.app.test_client()
        if number == 0:
            rest = {"amount_minor": total(order) - 100, "reason": "cold"}
            headers = payer.shop.barista | {"Idempotency-Key": order["id"]}
            return client.post(f"/v1/orders/{order['id']}/refunds", json=rest, headers=headers).status_code
        signed = signatures.sign(bank._secret, event_id=f"event_{number}", body=body, now=clock.now())
        return client.post("/v1/payment-webhooks/sandbox", data=body, headers=signed).status_code

    assert at_once(8, hear) == [201, *[204] * 7]
    settled(payer)

    assert (got(payer), payer.has()) == (300 + total(order), (300, 300))
    assert house(payer, "disputes") == 0
    assert sum(minor for _, minor in given_by_bank(payer)) == (total(order) if token == LOST else 0)


def test_if_refunds_waited_for_no_bank_the_customer_would_get_it_twice(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(seen_rules.Seen, "is_disputed", False)
    order = payer.placed(card(payer, LOST))
    take(payer, order)
    bank_looks(payer)
    give_back(payer, order, total(order))
    settled(payer)
    assert got(payer) - 300 == 2 * total(order)


def test_if_what_banks_gave_did_not_count_the_customer_would_get_it_twice(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(seen_rules.Seen, "lost_minor", 0)
    order = payer.placed(card(payer, LOST))
    take(payer, order)
    bank_looks(payer)
    bank_looks(payer)
    give_back(payer, order, total(order))
    settled(payer)
    assert got(payer) - 300 == 2 * total(order)
