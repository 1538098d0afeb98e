"""Cards that are refused after the store started: nobody is given money that nobody paid, and the till asks for all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest

from service.orders.actions import paying
from service.orders.rules import promise
from tests.wallet.purse import at_once

from ..meeting import without_turns
from .paying import WALLET, Payer, states
from .test_cards import card, total
from .test_reject_lines import policy


def due(payer: Payer) -> int:
    """Return what the one ticket in the queue says is to be paid."""
    shop = payer.shop
    (ticket,) = shop.client.get(f"/v1/stores/{shop.store.id}/queue", headers=shop.barista).json["data"]
    found: int = ticket["to_pay"]["amount_minor"]
    return found


def two_lines(payer: Payer, *tenders: dict[str, Any], **basket: Any) -> Any:
    """Place two flat whites in two lines, of which either can be taken out."""
    lines = [payer.shop.line(if_unavailable=policy("refund_line")) for _ in range(2)]
    named = {"tenders": list(tenders)} if tenders else {}
    quote = payer.shop.quote(*lines, **named, **basket)
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


def test_a_line_can_be_taken_out_though_its_card_was_refused_after_something_went_back(payer: Payer) -> None:
    order = two_lines(payer, card(payer, "sandbox_capture_refused"))
    payer.fire(order)
    assert payer.shop.refund(order["id"], amount_minor=100).status_code == 201
    payer.reconcile()
    assert (paid(payer, order), due(payer)) == ((0, 100), total(order) - 100)

    payer.shop.reject(order["id"], 2)

    assert due(payer) == (total(order) - 100) // 2
    for to in ("ready", "picked_up"):
        payer.shop.move(order["id"], to)
    left = (total(order) - 100) // 2
    assert payer.shop.refund(order["id"], amount_minor=left + 1).status_code == 409
    assert payer.shop.refund(order["id"], amount_minor=left).status_code == 201
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


def test_a_refusal_and_a_pickup_at_one_moment_leave_one_truth(payer: Payer) -> None:
    for _ in range(4):
        order = ready_to_go(payer)
        both = (payer.reconcile, partial(move, payer, order["id"]))
        assert at_once(2, lambda number, both=both: both[number]()) == [None, 200]  # type: ignore[misc]
        assert is_one_truth(payer, order)
    payer.sound()


def ready_to_go(payer: Payer) -> Any:
    """Place an order whose card will be refused, up to its being ready."""
    order = payer.placed(card(payer, "sandbox_capture_refused"))
    payer.fire(order)
    payer.shop.move(order["id"], "ready")
    return order


def is_one_truth(payer: Payer, order: Any) -> bool:
    """Tell whether the till was told, and asked for it; or else nobody paid, and nobody is said to have."""
    (tender,) = states(payer.shop.show(order["id"]).json)
    return (tender[:2], paid(payer, order)[0]) in (
        (("pay_at_pickup", "paid"), total(order)),
        (("card", "failed"), 0),
    )


def refused_while_handed_over(payer: Payer, monkeypatch: pytest.MonkeyPatch, *, seconds: float) -> Any:
    """Let a card be refused right when the till has looked at what is due of its order; the one who hands it over
    waits for that so long at most. Return the order as it was."""
    order, looked, refused = ready_to_go(payer), Event(), Event()
    collect = paying.collect

    def pausing(*given: Any) -> None:
        collect(*given)
        looked.set()
        refused.wait(seconds)

    monkeypatch.setattr(paying, "collect", pausing)
    with ThreadPoolExecutor(1) as threads:
        handed_over = threads.submit(move, payer, order["id"])
        assert looked.wait(10)
        payer.reconcile()
        refused.set()
        assert handed_over.result() == 200
    return order


def test_a_refusal_while_the_order_is_handed_over_waits(payer: Payer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_one_truth(payer, refused_while_handed_over(payer, monkeypatch, seconds=0.3))
    payer.sound()


def test_control_without_the_orders_lock_the_till_is_said_to_have_what_nobody_paid(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor its customer's turn, which comes with it. On SQLite writers take turns anyway."""
    database = payer.shop.app.database
    seconds = 10.0 if database.is_postgresql else 0.3
    with without_turns(database, nor_locks_on="orders"):
        order = refused_while_handed_over(payer, monkeypatch, seconds=seconds)
    assert is_one_truth(payer, order) is not database.is_postgresql


def move(payer: Payer, order_id: str) -> int:
    """Hand an order over, from a thread of its own; return the status."""
    answer = payer.shop.app.test_client().post(
        f"/v1/orders/{order_id}/transitions",
        json={"to": "picked_up"},
        headers=payer.shop.barista | {"Idempotency-Key": order_id},
    )
    return answer.status_code


def let_wait(payer: Payer, minutes: int) -> tuple[Any, Any]:
    """Place an order whose bank answers so many minutes later; return it as it was, and as it is then."""
    order = payer.placed(card(payer, "sandbox_timeout"))
    assert order["payment_pending"]
    payer.now += timedelta(minutes=minutes)
    payer.reconcile()
    return order, payer.shop.show(order["id"]).json


def test_who_lets_the_store_wait_for_their_bank_is_promised_as_much_later(payer: Payer) -> None:
    before, after = let_wait(payer, 20)
    starts_at = datetime.fromisoformat(before["promise"]["window_starts_at"])
    moved = datetime.fromisoformat(after["promise"]["window_starts_at"]) - starts_at
    assert timedelta(minutes=15) <= moved <= timedelta(minutes=20)
    assert after["promise"]["first_window_starts_at"] == before["promise"]["window_starts_at"]
    ledger = payer.client.get(f"/v1/orders/{before['id']}/promises", headers=payer.headers).json
    assert [entry["kind"] for entry in ledger["data"]][-1] == "changed"


def test_if_nothing_moved_the_store_would_be_late_by_their_waiting(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the window would be over before the store may start."""
    monkeypatch.setattr(promise, "moved_by", lambda starts_at, _waited: starts_at)
    _, after = let_wait(payer, 40)
    assert datetime.fromisoformat(after["promise"]["window_ends_at"]) < payer.now


def test_a_bank_that_answers_at_once_moves_nothing(payer: Payer) -> None:
    before, after = let_wait(payer, 1)
    assert after["promise"]["window_starts_at"] == before["promise"]["window_starts_at"]
    assert (after["payment_pending"], after["version"]) == (False, before["version"] + 1)


def test_each_answer_of_a_bank_is_another_version(payer: Payer) -> None:
    order = payer.placed({**card(payer, "sandbox_timeout"), "most_minor": 200}, card(payer, "sandbox_3ds"))
    payer.reconcile()
    after = payer.shop.show(order["id"]).json
    assert [state for _, state, _ in states(after)] == ["held", "pending"]
    assert after["version"] > order["version"]
