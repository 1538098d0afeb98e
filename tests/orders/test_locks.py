"""Locks are taken in one order: an order, its customer's turn, time, stars, money, a payment. Whoever meets waits, and
nobody in a circle. Each has a control that does, on PostgreSQL: on SQLite writers take turns anyway."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest

from service import clock
from service.http.edge import Edge
from service.orders.actions import cancel, give_back, life, paying, place, refund
from service.orders.queries import quotes
from service.wallet.actions import cash_outs

from ..meeting import Meeting, circle
from ..wallet.purse import usd
from .paying import WALLET, Payer
from .shop import Shop

settle = import_module("service.payments.actions.settle")  # the package has an action of that name


@pytest.fixture
def meeting(app: Edge, monkeypatch: pytest.MonkeyPatch) -> Meeting:
    """Where two meet."""
    return Meeting(app, monkeypatch)


@pytest.fixture
def payer(shop: Shop) -> Payer:
    """The shop's customer, with 50.00 in the wallet."""
    payer = Payer(shop)
    payer.load(5_000)
    return payer


@circle
def test_a_refund_and_the_capture_of_its_card_take_turns(payer: Payer, meeting: Meeting, circle: bool) -> None:
    """The control: a payment that is settled before its order is locked."""
    shop, card = payer.shop, {"kind": "card", "method_id": payer.card()}
    order = payer.placed({"kind": "wallet", "most_minor": 100}, card)
    payer.fire(order)
    if circle:
        meeting.patches.setattr(settle, "_first", {})

    found = meeting.deadlocks(
        payer.reconcile,
        partial(shop.refund, order["id"], amount_minor=300),
        at=[(settle.settling, "settle"), (refund, "sold_lines")],
        circle=circle,
    )

    assert found == meeting.expected(circle)
    payer.reconcile()
    payer.sound()


@circle
def test_a_cash_out_and_the_refund_of_another_take_turns(payer: Payer, meeting: Meeting, circle: bool) -> None:
    """The control: a payment that is settled before its load is locked."""
    method, headers = payer.card("sandbox_refund_refused"), payer.headers
    client = payer.shop.app.test_client()

    def ask(path: str, key: str, **body: Any) -> Any:
        return client.post(f"/v1/me/wallet/{path}", json=body, headers=headers | {"Idempotency-Key": key})

    assert ask("loads", "a load", amount=usd(500), payment_method_id=method).json["state"] == "settled"
    with payer.shop.app.database.writing.begin() as session:
        whose = UUID(client.get("/v1/me", headers=headers).json["id"])
        cash_outs.cash_out(
            session, customer_id=whose, currency="USD", amount_minor=100, channel="payment_method", now=clock.now()
        )
    if circle:
        meeting.patches.setattr(settle, "_first", {})

    found = meeting.deadlocks(
        payer.reconcile,
        partial(ask, "cash-outs", "more", currency="USD", amount_minor=200, channel="payment_method"),
        at=[(settle.settling, "settle"), (cash_outs.rules, "split")],
        circle=circle,
    )

    assert found == meeting.expected(circle)
    payer.reconcile()
    payer.sound()


@circle
def test_two_orders_of_one_wallet_take_turns(payer: Payer, meeting: Meeting, circle: bool) -> None:
    """The control: whose customer's turn is only taken with their next number."""
    shop = payer.shop
    one, other = payer.placed(), payer.placed()
    payer.fire(one)
    if circle:
        meeting.patches.setattr(life, "first_in_turn", _first_alone)

    found = meeting.deadlocks(
        partial(shop.refund, one["id"], amount_minor=100),
        partial(shop.move, other["id"], "fired"),
        at=[(give_back, "_note"), (paying, "take")],
        circle=circle,
    )

    assert found == meeting.expected(circle)
    payer.sound()


def _first_alone(session: Any, locking: Any) -> Any:
    row = session.execute(locking).first()
    return None if row is None else dict(row._mapping)


@circle
def test_placing_and_cancelling_take_turns(payer: Payer, meeting: Meeting, circle: bool) -> None:
    """The control: a placing that takes its customer's turn last, when it has its time."""
    shop = payer.shop
    order, quote = payer.placed(), payer.quote(WALLET).json
    if circle:
        columns = [each for each in quotes._QUOTE_TO_PLACE.selected_columns if each.name != "turn"]
        without = quotes._QUOTE_TO_PLACE.with_only_columns(*columns, maintain_column_froms=True)
        meeting.patches.setattr(quotes, "_QUOTE_TO_PLACE", without)

    found = meeting.deadlocks(
        partial(shop.place, quote["id"]),
        partial(shop.cancel, order["id"]),
        at=[(place, "hold_promise"), (cancel, "may")],
        circle=circle,
    )

    assert found == meeting.expected(circle)
    payer.sound()
