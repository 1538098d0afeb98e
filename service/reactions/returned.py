"""Money that comes back into a wallet from its bank: the wallet's entry and the receipt name the same order."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ..orders import actions as order_actions
from ..orders import queries as orders
from ..orders.actions.paying import PURPOSE
from ..payments.actions import PaymentRefundReturned, PaymentReversalEnded
from ..wallet import actions as wallet


def return_refund(session: Session, fact: PaymentRefundReturned) -> None:
    """Put what a bank sent back of a refund into its customer's wallet; the order's receipt says so."""
    wallet.follow_returned_refund(session, fact, order_id=order_actions.note_returned_refund(session, fact))


def end_reversal(session: Session, fact: PaymentReversalEnded) -> None:
    """Book what a provider's side put back, and what of it is its customer's."""
    order_id = orders.order_paid_by(session, tender_id=fact.purpose_id) if fact.purpose == PURPOSE else None
    wallet.follow_ended_reversal(session, fact, order_id=order_id)
