"""Forgetting an order that was paid: nothing leads from it to a card, a payment or a wallet; the books still hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from service import clock
from service.orders import actions
from service.orders.actions import forget as forgetting
from service.orders.models import OrderTender, Refund
from service.payments.models import PaymentIntent
from service.worker import Worker

from .paying import WALLET, Payer
from .shop import Shop
from .test_remedy_in_money import late, remedies, say_table


@pytest.fixture
def payer(shop: Shop) -> Payer:
    """The shop's customer, with 3.00 in the wallet, who wants orders forgotten after a day."""
    payer = Payer(shop)
    payer.load(300)
    said = payer.client.put(
        "/v1/me/preferences/retention",
        json={"value": {"days": 1}},
        headers=payer.headers | {"If-Match": '"0"'},
    )
    assert said.status_code == 200, said.text
    return payer


def had(payer: Payer, token: str = "sandbox_visa") -> Any:
    """Return an order that wallet and card paid, that was picked up, and of which both got something back."""
    order = payer.placed(WALLET, {"kind": "card", "method_id": payer.card(token)})
    payer.fire(order)
    payer.reconcile()
    for to in ("in_preparation", "ready", "picked_up"):
        payer.shop.move(order["id"], to)
    rest = order["totals"]["total"]["amount_minor"] - 300
    assert payer.shop.refund(order["id"], amount_minor=rest + 10).status_code == 201
    return order


def forget(payer: Payer, days: float = 2) -> None:
    """Let a worker forget what is due so many days from now."""
    Worker(payer.shop.app.database, {}).carry_and_forget(clock.now() + timedelta(days=days))


def drive_without_hearing(payer: Payer) -> None:
    """Let payments be settled before the bank tells what it did later."""
    payments = payer.shop.app.extensions["sayso.payments"]
    with payer.shop.app.database.reading() as session:
        due = session.scalars(sa.select(PaymentIntent.id).where(PaymentIntent.due_at.is_not(None))).all()
    for payment_id in due:
        payments.drive(payment_id, now=clock.now() + timedelta(seconds=20))


def traces(payer: Payer, order: Any) -> set[UUID]:
    """Return what is left with the order that leads to its money: ids of tenders, of parts of refunds, of payments."""
    with payer.shop.app.database.reading() as session:
        tenders = session.scalars(sa.select(OrderTender).where(OrderTender.order_id == UUID(order["id"]))).all()
        refunds = session.scalars(sa.select(Refund.tenders).where(Refund.order_id == UUID(order["id"]))).all()
        paid_for = session.scalars(sa.select(PaymentIntent.purpose_id)).all()
        booked = session.execute(sa.text("SELECT purpose_id FROM ledger_transactions")).scalars().all()
        held = session.execute(sa.text("SELECT purpose_id FROM wallet_holds")).scalars().all()
    known = {*paid_for, *(UUID(str(each)) for each in (*booked, *held))}
    named = {tender.id for tender in tenders} | {UUID(back["id"]) for backs in refunds for back in backs or ()}
    ids = {each for tender in tenders for each in (tender.method_id, tender.payment_id) if each is not None}
    return (named & known) | ids


def test_nothing_leads_from_a_forgotten_order_to_who_paid_it(payer: Payer) -> None:
    order = had(payer)
    payer.reconcile()
    assert len(traces(payer, order)) >= 5

    forget(payer)

    assert payer.shop.show(order["id"]).status_code == 404
    assert traces(payer, order) == set()
    with payer.shop.app.database.reading() as session:
        paid = session.execute(
            sa.select(sa.func.sum(OrderTender.amount_minor), sa.func.sum(OrderTender.refunded_minor))
        ).one()
    total = order["totals"]["total"]["amount_minor"]
    assert tuple(paid) == (total, total - 300 + 10)  # what was paid and given back stays
    payer.sound()


def test_an_order_whose_bank_still_has_to_answer_is_forgotten_after_that(payer: Payer) -> None:
    order = had(payer)
    forget(payer)
    assert payer.shop.show(order["id"]).status_code == 200

    for _ in range(4):
        payer.reconcile()
    forget(payer)

    assert payer.shop.show(order["id"]).status_code == 404
    payer.sound()


def test_forgotten_before_its_bank_answers_its_refund_would_never_be_booked(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: nobody waits for the bank."""
    had(payer)
    monkeypatch.setattr(forgetting.payments, "are_settled", lambda _session, **_: True)
    forget(payer)
    for _ in range(4):
        payer.reconcile()

    with pytest.raises(AssertionError):
        payer.sound()


def test_a_refund_that_comes_back_after_its_order_was_forgotten_is_its_customers(payer: Payer) -> None:
    had(payer, "sandbox_refund_returned")
    drive_without_hearing(payer)
    before = payer.has()[0]
    forget(payer)

    for _ in range(2):
        payer.reconcile()

    assert payer.has()[0] > before
    payer.sound()


def test_who_keeps_orders_keeps_what_paid_them(payer: Payer) -> None:
    order = had(payer)
    payer.reconcile()
    forget(payer, days=0.5)
    shown = payer.shop.show(order["id"]).json
    assert all(each["payment_id"] for each in shown["tenders"] if each["kind"] == "card")
    with payer.shop.app.database.reading() as session:
        assert actions.due_to_forget(session, now=clock.now() + timedelta(days=2)) == [UUID(order["id"])]


def test_nothing_leads_from_a_forgotten_order_to_the_wallet_that_its_remedy_went_to(payer: Payer) -> None:
    say_table(payer.shop)
    payer.load(300)
    order = late(payer, 200)
    for to in ("in_preparation", "ready", "picked_up"):
        payer.shop.move(order["id"], to)
    (before,) = remedies(payer)
    assert before["order_id"] == order["id"]

    forget(payer)

    assert payer.shop.show(order["id"]).status_code == 404
    (after,) = remedies(payer)
    assert after == {**before, "order_id": None}
    assert order["id"] not in after.values()
    payer.sound()
