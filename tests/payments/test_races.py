"""Requests and workers that drive one payment at once: charged once, told once. With a control."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from service.payments import actions
from service.payments.driving import Payments
from service.payments.errors import MoreThanPaid
from service.payments.providers.sandbox import Sandbox
from service.payments.rules.seen import Seen
from service.payments.rules.timing import GRACE, LEASE
from service.worker import Worker

from .till import Till


class Counting(Sandbox):
    """The sandbox, counting how often it was asked to authorise; a call can be held."""

    def __init__(self, till: Till) -> None:
        super().__init__(till.app.extensions["sayso.settings"], till.app.database)
        self.asked = 0
        self.holds: Event | None = None
        self.reached = Event()

    def authorise(self, reference: str, *, key: UUID) -> Seen:
        """Count, and do it."""
        self.asked += 1
        if self.holds is not None and self.asked == 1:
            self.reached.set()
            assert self.holds.wait(20)
        return super().authorise(reference, key=key)


@pytest.fixture
def bank(till: Till) -> Counting:
    """A bank that counts."""
    return Counting(till)


def drivers(till: Till, bank: Counting) -> Payments:
    return Payments(till.app.database, {"sandbox": bank}, current="sandbox")


def at_once(*works: Any) -> None:
    start = Barrier(len(works))

    def work(one: Any) -> None:
        start.wait(10)
        one()

    with ThreadPoolExecutor(len(works)) as threads:
        list(threads.map(work, works))


def race(till: Till, bank: Counting, payment_id: UUID) -> None:
    """Let two workers and a request drive the payment at once."""
    payments, later = drivers(till, bank), till.now + GRACE
    workers = [Worker(till.app.database, {}, payments) for _ in range(2)]
    at_once(lambda: payments.drive(payment_id, now=later), *(lambda one=one: one.pay(later) for one in workers))  # type: ignore[misc]


def test_two_workers_and_a_request_charge_once(till: Till, bank: Counting) -> None:
    payments = [till.begin() for _ in range(3)]

    for payment_id in payments:
        race(till, bank, payment_id)

    assert bank.asked == len(payments)
    for payment_id in payments:
        assert [name for name, _ in till.told(payment_id)] == ["PaymentAuthorised", "PaymentCaptured"]
    assert till.at_bank() == [("captured", 1_250, 0)] * 3


def asked_while_another_drives(till: Till, bank: Counting) -> int:
    """Drive a payment while another drive of it waits for the bank; return how often the bank was asked."""
    payment_id, payments, bank.holds = till.begin(), drivers(till, bank), Event()
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(payments.drive, payment_id, now=till.now)
        assert bank.reached.wait(20)
        payments.drive(payment_id, now=till.now)
        bank.holds.set()
        first.result(20)
    return bank.asked


def test_while_it_is_driven_nobody_else_asks_the_bank(till: Till, bank: Counting) -> None:
    assert asked_while_another_drives(till, bank) == 1


def test_control_without_the_lease_the_bank_is_asked_twice(
    till: Till, bank: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = actions.claim

    def regardless(session: Session, *, intent_id: UUID, now: Any) -> Any:
        return claim(session, intent_id=intent_id, now=now + 2 * LEASE)

    def at_once_again(session: Session, *, intent_id: UUID, now: Any) -> Any:
        monkeypatch.setattr(actions, "claim", regardless)
        return claim(session, intent_id=intent_id, now=now)

    monkeypatch.setattr(actions, "claim", at_once_again)

    assert asked_while_another_drives(till, bank) == 2


def test_whoever_was_too_slow_settles_nothing(till: Till, bank: Counting) -> None:
    payment_id = till.begin()
    payments, bank.holds = drivers(till, bank), Event()
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(payments.drive, payment_id, now=till.now)
        assert bank.reached.wait(20)
        assert payments.drive(payment_id, now=till.now + LEASE + timedelta(seconds=1))
        told, version = till.told(payment_id), till.kept(payment_id).version
        bank.holds.set()
        slow.result(20)

    assert till.state(payment_id) == ("captured", 1_250, 0)
    assert (till.told(payment_id), till.kept(payment_id).version) == (told, version)


def test_refunds_that_race_give_back_what_was_paid_and_no_more(till: Till) -> None:
    payment_id = till.paid(amount_minor=1_000)
    refused: list[bool] = []

    def ask() -> None:
        try:
            till.want("refund", payment_id, amount_minor=300, purpose_id=uuid4())
        except MoreThanPaid:
            refused.append(True)

    at_once(*[ask] * 8)
    till.drive(payment_id)

    assert len(refused) == 5
    assert till.state(payment_id) == ("captured", 1_000, 900)
    assert till.at_bank() == [("captured", 1_000, 900)]
