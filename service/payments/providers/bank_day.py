"""What happens at the sandbox's bank by itself, after a payment was taken: disputes, and refunds that come back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..rules.reversals import DISPUTE as OF_BANK
from ..rules.reversals import FINAL, OPEN, REFUND, RETURNED, TAKEN
from ..rules.seen import DONE, REFUSED, Reversal
from .bank import SandboxDispute, SandboxEvent, SandboxPayment, SandboxRefund

FAIL_REFUNDS, DISPUTE, DECIDE = "fail_refunds", "dispute", "decide"


def do(bank: Session, payment: SandboxPayment, does: str, *, ends_as: str | None) -> None:
    """Let it happen to a locked payment; a dispute is decided (`ends_as`) when the bank looks next."""
    if does == FAIL_REFUNDS:
        _fail_refunds(bank, payment)
    elif does == DISPUTE:
        amount_minor = payment.captured_minor - payment.refunded_minor
        if amount_minor:
            bank.add(SandboxDispute(payment_key=payment.key, amount_minor=amount_minor, state=OPEN))
            bank.add(SandboxEvent(reference=payment.reference, deliveries=1, does=DECIDE))
    elif ends_as is not None:
        dispute = bank.get_one(SandboxDispute, payment.key)
        dispute.state = ends_as


def _fail_refunds(bank: Session, payment: SandboxPayment) -> None:
    done = sa.and_(SandboxRefund.payment_key == payment.key, SandboxRefund.state == DONE)
    for refund in bank.scalars(sa.select(SandboxRefund).where(done)):
        refund.state = REFUSED
        payment.refunded_minor -= refund.amount_minor


def refundable(bank: Session, payment: SandboxPayment) -> int:
    """Return what of a payment can still be given back: nothing while the bank has some of it back and decides."""
    dispute = bank.get(SandboxDispute, payment.key)
    if dispute is not None and dispute.state == OPEN:
        return 0
    taken_minor = dispute.amount_minor if dispute is not None and dispute.state in TAKEN else 0
    return payment.captured_minor - payment.refunded_minor - taken_minor


def reversals(bank: Session, payment: SandboxPayment, there: Sequence[SandboxRefund]) -> Iterator[Reversal]:
    """Yield what the bank took back past us: what was given back there, and what is disputed."""
    for refund in there:
        state = FINAL if refund.state == DONE else RETURNED
        yield Reversal(kind=REFUND, reference=refund.key.hex, amount_minor=refund.amount_minor, state=state)
    dispute = bank.get(SandboxDispute, payment.key)
    if dispute is not None:
        yield Reversal(
            kind=OF_BANK,
            reference=payment.key.hex,
            amount_minor=dispute.amount_minor,
            state=dispute.state,
            reason="fraudulent",
        )
