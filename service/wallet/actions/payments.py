"""What becomes of payments, where wallets or the ledger follow them: loads settled, cash-outs paid, and what banks did
of their own accord."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from ...payments.actions import (
    PaymentCaptured,
    PaymentFailed,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundReturned,
    PaymentReversalEnded,
    PaymentReversed,
)
from ...payments.rules.reversals import DISPUTE
from ..rules.ledger import CHAIN, Account, AccountKind, MovementKind, between, clearing, wallet_of
from .cash_outs import return_paid_part, return_part, settle_part
from .loads import LOAD, fail_load, settle_load
from .posting import post


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
        settle_part(session, part_id=fact.refund_id, by_bank_minor=fact.by_bank_minor, now=fact.happened_at)


def follow_failed_refund(session: Session, fact: PaymentRefundFailed) -> None:
    """React to what couldn't be given back of a load: that part of a cash-out is in the wallet again."""
    if fact.purpose == LOAD:
        return_part(session, part_id=fact.refund_id, by_bank_minor=fact.by_bank_minor, now=fact.happened_at)


def follow_returned_refund(session: Session, fact: PaymentRefundReturned, *, order_id: UUID | None) -> None:
    """Book what was given back and came back: it is in its customer's wallet, as is what a method refuses at once; of a
    load that part of a cash-out is again. `order_id` is the order that it is of, where it is of one."""
    if fact.purpose == LOAD:
        return_paid_part(session, part_id=fact.refund_id, amount_minor=fact.amount_minor, now=fact.happened_at)
        return
    legs = between(clearing(fact.currency), wallet_of(fact.customer_id, fact.currency), fact.amount_minor)
    post(
        session,
        kind="refund_returned",
        purpose="payment_refund",
        purpose_id=fact.refund_id,
        legs=legs,
        order_id=order_id,
        now=fact.happened_at,
    )


def follow_reversal(session: Session, fact: PaymentReversed) -> None:
    """React to what a provider's side took back past us: the chain has lost it, for now. No wallet is touched."""
    _book_reversal(session, fact, "reversal", -fact.amount_minor)


def follow_ended_reversal(session: Session, fact: PaymentReversalEnded, *, order_id: UUID | None) -> None:
    """Book what it put back: the chain has it again, and the customer, in their wallet, what of it had counted as given
    back to them: their bank takes that from them. `order_id` is the order that it is of, where it is of one."""
    _book_reversal(session, fact, "reversal_ended", fact.amount_minor, owed_minor=fact.owed_minor, order_id=order_id)


def _book_reversal(
    session: Session,
    fact: PaymentReversed | PaymentReversalEnded,
    kind: MovementKind,
    amount_minor: int,
    owed_minor: int = 0,
    order_id: UUID | None = None,
) -> None:
    kind_of_loss: AccountKind = "disputes" if fact.kind == DISPUTE else "refunds_elsewhere"
    lost = Account(kind_of_loss, CHAIN, fact.currency)
    legs = [
        *between(clearing(fact.currency), lost, amount_minor),
        *between(lost, wallet_of(fact.customer_id, fact.currency), owed_minor),
    ]
    post(
        session,
        kind=kind,
        purpose=f"payment_{fact.kind}",
        purpose_id=fact.reversal_id,
        legs=legs,
        order_id=order_id,
        now=fact.happened_at,
    )
