"""Payments are driven: what is wanted of one happens once at the provider, and we settle what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.payments import actions
from service.payments.errors import MoreThanPaid, PaymentOver
from service.payments.rules.timing import ACT_WITHIN
from tests.factories import make_customer

from .till import Till


@pytest.mark.parametrize(
    ("token", "state", "told"),
    [
        ("sandbox_visa", ("captured", 1_250, 0), ["PaymentAuthorised", "PaymentCaptured"]),
        ("sandbox_declined", ("failed", 0, 0), ["PaymentFailed"]),
        ("sandbox_insufficient_funds", ("failed", 0, 0), ["PaymentFailed"]),
        ("sandbox_duplicate_webhook", ("captured", 1_250, 0), ["PaymentAuthorised", "PaymentCaptured"]),
    ],
)
def test_a_card_pays_at_once_or_not_at_all(
    till: Till, token: str, state: tuple[str, int, int], told: list[str]
) -> None:
    payment_id = till.paid(token)

    assert till.state(payment_id) == state
    assert [name for name, _ in till.told(payment_id)] == told
    till.reconcile()
    till.reconcile()
    assert [name for name, _ in till.told(payment_id)] == told
    assert till.at_bank() == [state]
    assert till.disagreements() == []


def test_a_declined_payment_says_why(till: Till) -> None:
    assert till.show(till.paid("sandbox_insufficient_funds")).json["reason"] == "insufficient_funds"


def test_what_is_reserved_is_captured_for_less_and_given_back_in_parts(till: Till) -> None:
    payment_id = till.paid(capture=False)
    assert till.state(payment_id) == ("authorised", 0, 0)
    till.want("capture", payment_id, amount_minor=1_000)
    till.want("capture", payment_id, amount_minor=1_000)
    till.drive(payment_id)
    assert till.state(payment_id) == ("captured", 1_000, 0)

    first, second = uuid4(), uuid4()
    till.want("refund", payment_id, amount_minor=300, purpose_id=first)
    till.want("refund", payment_id, amount_minor=300, purpose_id=first)
    till.want("refund", payment_id, amount_minor=700, purpose_id=second)
    till.drive(payment_id)

    assert till.state(payment_id) == ("captured", 1_000, 1_000)
    assert till.told(payment_id) == [
        ("PaymentAuthorised", 1_250),
        ("PaymentCaptured", 1_000),
        ("PaymentRefunded", 300),
        ("PaymentRefunded", 700),
    ]
    assert till.at_bank() == [("captured", 1_000, 1_000)]
    assert till.disagreements() == []


def test_what_was_reserved_is_let_go(till: Till) -> None:
    payment_id = till.paid(capture=False)
    till.want("void", payment_id)
    till.drive(payment_id)

    assert till.state(payment_id) == ("voided", 0, 0)
    assert till.told(payment_id)[-1] == ("PaymentVoided", 1_250)
    assert till.at_bank() == [("voided", 0, 0)]


def test_what_is_let_go_before_it_began_never_charges(till: Till) -> None:
    payment_id = till.begin()
    till.want("void", payment_id)
    till.drive(payment_id)

    assert till.state(payment_id) == ("voided", 0, 0)
    assert till.at_bank() == [("voided", 0, 0)]


def test_what_was_to_be_let_go_and_is_captured_by_then_is_given_back(till: Till) -> None:
    payment_id = till.paid("sandbox_3ds")
    till.want("void", payment_id)
    reference = till.kept(payment_id).reference
    assert reference is not None
    till.bank.answer(reference, approves=True)
    till.drive(payment_id)

    assert till.state(payment_id) == ("captured", 1_250, 1_250)
    assert till.told(payment_id)[-1] == ("PaymentRefunded", 1_250)
    assert till.at_bank() == [("captured", 1_250, 1_250)]
    assert till.disagreements() == []


def test_a_refused_capture_lets_the_payment_fail_and_the_reserve_go(till: Till) -> None:
    payment_id = till.paid("sandbox_capture_refused", capture=False)
    till.want("capture", payment_id, amount_minor=1_250)
    till.drive(payment_id)

    assert till.state(payment_id) == ("failed", 0, 0)
    assert till.kept(payment_id).reason == "capture_refused"
    assert till.told(payment_id)[-1] == ("PaymentFailed", 1_250)
    assert till.at_bank() == [("voided", 0, 0)]
    assert till.disagreements() == []


def test_a_refused_refund_is_told_and_can_be_asked_for_again(till: Till) -> None:
    payment_id = till.paid("sandbox_refund_refused")
    till.want("refund", payment_id, amount_minor=1_250, purpose_id=uuid4())
    till.drive(payment_id)

    assert till.told(payment_id)[-1] == ("PaymentRefundFailed", 1_250)
    assert till.state(payment_id) == ("captured", 1_250, 0)
    till.want("refund", payment_id, amount_minor=1_250, purpose_id=uuid4())  # what failed counts no more


def test_an_answer_that_never_comes_means_unknown_and_is_looked_up(till: Till) -> None:
    payment_id = till.paid("sandbox_timeout", capture=False)
    assert till.state(payment_id) == ("created", 0, 0)
    assert till.at_bank()[0][0] == "authorised"

    till.reconcile()
    assert till.state(payment_id)[0] == "authorised"
    till.want("capture", payment_id, amount_minor=1_250)
    till.drive(payment_id)
    till.reconcile()
    assert till.state(payment_id) == ("captured", 1_250, 0)
    till.want("refund", payment_id, amount_minor=250, purpose_id=uuid4())
    till.drive(payment_id)
    till.reconcile()
    assert till.state(payment_id) == ("captured", 1_250, 250)
    assert till.at_bank() == [("captured", 1_250, 250)]


def test_whoever_does_not_do_what_their_bank_asks_pays_nothing(till: Till) -> None:
    payment_id = till.paid("sandbox_3ds")
    shown = till.show(payment_id).json
    assert (shown["state"], shown["next_action"]["kind"]) == ("requires_action", "redirect")

    till.reconcile(ACT_WITHIN + timedelta(seconds=1))

    assert till.state(payment_id) == ("failed", 0, 0)
    assert till.kept(payment_id).reason == "authentication_expired"
    assert till.at_bank() == [("voided", 0, 0)]


def test_a_payment_that_can_not_be_settled_holds_up_no_other(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, other = till.begin(), till.begin()
    settle = actions.settle

    def fails_for_one(session: Session, *, intent_id: UUID, **values: Any) -> bool:
        if intent_id == stuck:
            raise RuntimeError("a reaction fails")
        return settle(session, intent_id=intent_id, **values)

    monkeypatch.setattr(actions, "settle", fails_for_one)
    till.reconcile()
    assert (till.state(stuck)[0], till.state(other)[0]) == ("created", "captured")
    monkeypatch.setattr(actions, "settle", settle)
    till.reconcile()
    assert till.state(stuck) == ("captured", 1_250, 0)
    assert till.at_bank() == [("captured", 1_250, 0)] * 2


def test_one_purpose_is_paid_once(till: Till) -> None:
    purpose_id = uuid4()

    assert till.begin(purpose_id=purpose_id) == till.begin(purpose_id=purpose_id, amount_minor=99)


def test_what_can_not_be_asked_any_more_is_refused(till: Till) -> None:
    declined, captured, reserved = till.paid("sandbox_declined"), till.paid(), till.paid(capture=False)

    with pytest.raises(PaymentOver):
        till.want("capture", declined, amount_minor=1)
    with pytest.raises(PaymentOver):
        till.want("refund", reserved, amount_minor=1, purpose_id=uuid4())
    with pytest.raises(PaymentOver):
        till.want("void", captured)
    for amount_minor in (0, 1_251):
        with pytest.raises(MoreThanPaid):
            till.want("refund", captured, amount_minor=amount_minor, purpose_id=uuid4())
        with pytest.raises(MoreThanPaid):
            till.want("capture", reserved, amount_minor=amount_minor)
    with pytest.raises(NotFound):
        till.want("void", uuid4())


def test_nothing_is_paid_with_what_was_removed_or_is_another_customers(till: Till, session: object) -> None:
    method_id = till.add().json["id"]
    till.customer = make_customer(session)  # type: ignore[arg-type]

    with pytest.raises(NotFound):
        till.begin()
    assert method_id
