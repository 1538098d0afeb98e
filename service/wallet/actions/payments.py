"""What becomes of payments, where they are for wallets: loads settled, cash-outs paid."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ...payments.actions import PaymentCaptured, PaymentFailed, PaymentRefunded, PaymentRefundFailed
from .cash_outs import return_part, settle_part
from .loads import LOAD, fail_load, settle_load


def follow_capture(session: Session, fact: PaymentCaptured) -> None:
    """React to a captured payment: a load's is in the wallet now."""
    if fact.purpose == LOAD:
        settle_load(session, load_id=fact.purpose_id, amount_minor=fact.amount_minor, now=fact.happened_at)


def follow_failure(session: Session, fact: PaymentFailed) -> None:
    """React to a payment that failed: a load's brings nothing."""
    if fact.purpose == LOAD:
        fail_load(session, load_id=fact.purpose_id, reason=fact.reason, now=fact.happened_at)


def follow_refund(session: Session, fact: PaymentRefunded) -> None:
    """React to what was given back of a load: the part of a cash-out that it was given back for is paid."""
    if fact.purpose == LOAD:
        settle_part(session, part_id=fact.refund_id, now=fact.happened_at)


def follow_failed_refund(session: Session, fact: PaymentRefundFailed) -> None:
    """React to what couldn't be given back of a load: that part of a cash-out is in the wallet again."""
    if fact.purpose == LOAD:
        return_part(session, part_id=fact.refund_id, now=fact.happened_at)
