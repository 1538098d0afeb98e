"""Changing an order to one that a card pays: the card's bank is asked first, and the order stands until it has
answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from service import clock
from service.orders import actions
from service.orders.models import CapacitySlot
from service.orders.rules import promise
from service.payments.models import PaymentIntent
from service.worker import Worker
from tests.wallet.purse import at_once

from .paying import WALLET, Payer, states


@pytest.fixture
def order(payer: Payer) -> Any:
    """An order that the wallet and a card pay."""
    return payer.placed(WALLET, card(payer), tip={"amount_minor": 50})


def card(payer: Payer, token: str = "sandbox_visa") -> dict[str, Any]:
    """Return a tender."""
    return {"kind": "card", "method_id": payer.card(token)}


def quote(payer: Payer, order: Any, *tenders: dict[str, Any], **basket: Any) -> str:
    """Quote the order twice as large; return the quote's id."""
    basket |= {"tenders": list(tenders), "replaces_order_id": order["id"]}
    asked = payer.shop.quote(payer.shop.line(quantity=2), headers=payer.headers, **basket)
    assert asked.status_code == 201, asked.text
    found: str = asked.json["id"]
    return found


def changed(payer: Payer, order: Any, token: str) -> Any:
    """Ask to change the order to one that this card pays; return the answer."""
    return payer.shop.change(order["id"], quote(payer, order, WALLET, card(payer, token)))


def payments(payer: Payer) -> list[tuple[str, str | None]]:
    """Return state and reason of all payments of orders, the oldest first."""
    of_orders = sa.select(PaymentIntent.state, PaymentIntent.reason).where(PaymentIntent.purpose == "order")
    with payer.shop.app.database.reading() as session:
        return [(row.state, row.reason) for row in session.execute(of_orders.order_by(PaymentIntent.id))]


def work(payer: Payer) -> None:
    """Let the worker pass: what is due is driven, then changed or let go, then what that wants."""
    for _ in range(2):
        payer.reconcile()
        Worker(payer.shop.app.database, {}).follow_up(clock.now())
    payer.reconcile()


def as_it_was(payer: Payer, order: Any) -> bool:
    """Tell whether the order is what it was, but for its version and why it wasn't changed."""
    now = payer.shop.show(order["id"]).json
    now.pop("dropped_change", None)
    return bool({**now, "version": 0} == {**order, "version": 0})


def dropped(payer: Payer, order: Any) -> tuple[str, str | None] | None:
    """Return why the order wasn't changed, and what the bank said, as its customer reads it."""
    found = payer.shop.show(order["id"]).json.get("dropped_change")
    return (found["reason"], found["bank_reason"]) if found is not None else None


def answer_at_bank(payer: Payer, answer: Any, *, approves: bool) -> None:
    """Answer what the bank asks its customer."""
    (payment_id,) = answer.json["pending_change"]["payment_ids"]
    with payer.shop.app.database.reading() as session:
        reference = session.scalar(sa.select(PaymentIntent.reference).where(PaymentIntent.id == UUID(payment_id)))
    payer.shop.app.extensions["sayso.payments"].provider("sandbox").answer(reference, approves=approves)


def test_a_declined_card_is_refused_and_the_order_stands_as_it_was(payer: Payer, order: Any) -> None:
    before, key = payer.has(), str(uuid4())
    body = {"quote_id": quote(payer, order, card(payer, "sandbox_declined"))}

    def ask() -> Any:
        headers = payer.headers | {"Idempotency-Key": key}
        return payer.client.post(f"/v1/orders/{order['id']}/changes", json=body, headers=headers)

    refused, again = ask(), ask()

    assert (refused.status_code, refused.mimetype) == (402, "application/problem+json")
    assert (refused.json["type"], refused.json["reason"]) == ("/problems/card-refused", "card_declined")
    assert (again.status_code, again.data) == (402, refused.data)
    assert as_it_was(payer, order)
    assert dropped(payer, order) == ("card-refused", "card_declined")
    assert (payments(payer), payer.has()) == ([("authorised", None), ("failed", "card_declined")], before)
    payer.fire(order)
    work(payer)
    assert payments(payer)[0] == ("captured", None)
    payer.sound()


def test_a_reserved_card_changes_the_order_at_once_and_is_taken_in_its_place(payer: Payer, order: Any) -> None:
    answer = changed(payer, order, "sandbox_mastercard")

    total = answer.json["totals"]["total"]["amount_minor"]
    assert (answer.status_code, states(answer.json)) == (
        200,
        [("wallet", "held", 300), ("card", "held", total - 300)],
    )
    assert "pending_change" not in answer.json
    work(payer)
    assert payments(payer) == [("voided", None), ("authorised", None)]
    payer.fire(order)
    work(payer)
    assert payments(payer)[1] == ("captured", None)
    payer.sound()


@pytest.mark.parametrize("approves", [True, False])
def test_while_its_bank_asks_the_customer_the_order_stands_and_shows_the_change(
    payer: Payer, order: Any, approves: bool
) -> None:
    answer = changed(payer, order, "sandbox_3ds")
    assert answer.status_code == 200
    assert "pending_change" in payer.shop.show(order["id"]).json
    assert as_it_was(payer, {**order, "pending_change": answer.json["pending_change"]})
    work(payer)
    assert payments(payer)[1] == ("requires_action", None)

    answer_at_bank(payer, answer, approves=approves)
    work(payer)

    now = payer.shop.show(order["id"]).json
    assert "pending_change" not in now
    if approves:
        assert now["lines"][0]["quantity"] == 2
        assert payments(payer) == [("voided", None), ("authorised", None)]
        assert dropped(payer, order) is None
    else:
        assert as_it_was(payer, order)
        assert dropped(payer, order) == ("card-refused", "authentication_failed")
        assert payments(payer) == [("authorised", None), ("failed", "authentication_failed")]
    payer.sound()


def test_a_bank_that_does_not_answer_is_looked_up_and_the_change_is_done_then(payer: Payer, order: Any) -> None:
    answer = changed(payer, order, "sandbox_timeout")
    assert (answer.status_code, "pending_change" in answer.json) == (200, True)
    work(payer)
    assert payer.shop.show(order["id"]).json["lines"][0]["quantity"] == 2
    payer.sound()


def cancelled(payer: Payer, order: Any) -> None:
    assert payer.shop.cancel(order["id"]).status_code == 200


def fired(payer: Payer, order: Any) -> None:
    payer.fire(order)


def changed_without_a_card(payer: Payer, order: Any) -> None:
    other = payer.quote(WALLET, {"kind": "pay_at_pickup"}, replaces_order_id=order["id"]).json
    assert payer.shop.change(order["id"], other["id"]).status_code == 200


def changed_with_another_card(payer: Payer, order: Any) -> None:
    assert "pending_change" not in changed(payer, order, "sandbox_mastercard").json


@pytest.mark.parametrize(
    ("meanwhile", "old", "why"),
    [
        (cancelled, "voided", ("already-fired", None)),
        (fired, "captured", ("already-fired", None)),
        (changed_without_a_card, "voided", None),  # as its customer asked instead
        (changed_with_another_card, "voided", None),
    ],
)
def test_what_becomes_of_the_order_meanwhile_holds_and_the_card_is_let_go(
    payer: Payer, order: Any, meanwhile: Callable[[Payer, Any], None], old: str, why: tuple[str, str | None] | None
) -> None:
    answer = changed(payer, order, "sandbox_3ds")
    meanwhile(payer, order)
    answer_at_bank(payer, answer, approves=True)
    work(payer)

    now = payer.shop.show(order["id"]).json
    assert "pending_change" not in now
    assert [state for state, _ in payments(payer)][:2] == [old, "voided"]
    assert "voided" not in [state for state, _ in payments(payer)[2:]]
    assert dropped(payer, order) == why
    payer.sound()


def fill_up(payer: Payer, order: Any) -> None:
    """Let nobody have any time at the bar in the hour around an order's window."""
    window, seconds = datetime.fromisoformat(order["promise"]["window_starts_at"]), 2 * promise.SLOT_SECONDS
    with payer.shop.app.database.writing.begin() as session:
        for number in range(-6, 6):
            slot = {"store_id": payer.shop.store.id, "station": "bar", "slot_at": window + number * promise.SLOT}
            session.merge(CapacitySlot(**slot, claimed_seconds=seconds, capacity_seconds=seconds))


def test_what_can_not_be_had_any_more_when_the_bank_has_answered_changes_nothing(payer: Payer, order: Any) -> None:
    answer = changed(payer, order, "sandbox_3ds")
    fill_up(payer, order)
    answer_at_bank(payer, answer, approves=True)
    work(payer)

    assert as_it_was(payer, order)
    assert dropped(payer, order) == ("quote-outdated", None)
    assert payments(payer) == [("authorised", None), ("voided", None)]
    payer.sound()


@pytest.fixture
def full_meanwhile(payer: Payer, order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hour around an order fills up while a request to change it waits for the card's bank."""
    bank = payer.shop.app.extensions["sayso.payments"]
    drive = bank.drive

    def driven(*args: Any, **kwargs: Any) -> Any:
        fill_up(payer, order)
        return drive(*args, **kwargs)

    monkeypatch.setattr(bank, "drive", driven)


@pytest.mark.usefixtures("full_meanwhile")
def test_what_is_full_when_its_card_is_reserved_is_refused_with_another_quote(payer: Payer, order: Any) -> None:
    quote_id = quote(payer, order, card(payer, "sandbox_mastercard"))
    refused = payer.shop.change(order["id"], quote_id)

    assert (refused.status_code, refused.json["type"]) == (409, "/problems/quote-outdated")
    assert refused.json["quote"]["id"] != quote_id
    assert [each["path"].split(".")[0] for each in refused.json["differences"]] == ["promise"] * 2
    assert as_it_was(payer, order)
    work(payer)
    assert payments(payer) == [("authorised", None), ("voided", None)]
    payer.sound()


@pytest.mark.usefixtures("full_meanwhile")
def test_where_nothing_else_can_be_had_either_the_change_is_dropped_and_the_refusal_says_why(
    payer: Payer, order: Any
) -> None:
    at = datetime.fromisoformat(order["promise"]["window_starts_at"]) + 2 * promise.SLOT
    quote_id = quote(payer, order, card(payer, "sandbox_mastercard"), pickup={"at": at.isoformat()})
    refused = payer.shop.change(order["id"], quote_id)

    assert (refused.status_code, refused.json["type"]) == (409, "/problems/window-full")
    assert as_it_was(payer, order)
    work(payer)
    assert payments(payer) == [("authorised", None), ("voided", None)]
    payer.sound()


def test_why_a_change_was_dropped_is_its_customers_and_stands_until_the_next(payer: Payer, order: Any) -> None:
    changed(payer, order, "sandbox_insufficient_funds")
    assert dropped(payer, order) == ("card-refused", "insufficient_funds")
    as_staff = payer.client.get(f"/v1/orders/{order['id']}", headers=payer.shop.barista)
    assert (as_staff.status_code, "dropped_change" in as_staff.json) == (200, False)
    assert b"insufficient_funds" not in as_staff.data

    asked = changed(payer, order, "sandbox_3ds")
    assert "dropped_change" not in asked.json
    answer_at_bank(payer, asked, approves=False)
    work(payer)
    assert dropped(payer, order) == ("card-refused", "authentication_failed")
    assert "dropped_change" not in changed(payer, order, "sandbox_visa").json
    payer.sound()


def test_asking_again_for_the_same_change_asks_no_other_card(payer: Payer, order: Any) -> None:
    quote_id = quote(payer, order, card(payer, "sandbox_3ds"))
    first, again = (payer.shop.change(order["id"], quote_id) for _ in range(2))
    assert first.json["pending_change"] == again.json["pending_change"]
    assert len(payments(payer)) == 2


def test_of_several_who_settle_a_change_one_does(payer: Payer, order: Any) -> None:
    answer = changed(payer, order, "sandbox_3ds")
    answer_at_bank(payer, answer, approves=True)
    payer.reconcile()

    def settle(_number: int) -> Any:
        with payer.shop.app.database.writing.begin() as session:
            return actions.settle_change(session, order_id=UUID(order["id"]), now=clock.now())

    settled = at_once(8, settle)

    assert [each.refusal for each in settled if each is not None] == [None]
    work(payer)
    assert payments(payer) == [("voided", None), ("authorised", None)]
    payer.sound()


def test_a_worker_that_settles_no_change_leaves_it_waiting(payer: Payer, order: Any, monkeypatch: Any) -> None:
    """The control: nothing else lets go what no order took."""
    for by in ("settle_change", "answer_change"):
        monkeypatch.setattr(actions, by, lambda *_, **__: None)
    changed(payer, order, "sandbox_mastercard")
    payer.shop.cancel(order["id"])
    work(payer)
    assert payments(payer) == [("voided", None), ("authorised", None)]
