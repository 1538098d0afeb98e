"""What the bank charges, held against what is paid by it."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.orders.models import Order, OrderTender
from service.payments.models import PaymentIntent
from service.payments.providers.bank import SandboxPayment
from service.wallet.models import Load

ENDED_UNPAID = {"cancelled", "rejected", "expired"}


def charges_for_nothing(session: Session) -> Iterator[str]:
    """Yield each payment that the bank charges, or reserves, for nothing that stands."""
    of_bank = sa.select(SandboxPayment).where(SandboxPayment.state.in_(["authorised", "captured"]))
    for payment in session.scalars(of_bank):
        left = payment.captured_minor - payment.refunded_minor
        held = payment.authorised_minor if payment.state == "authorised" else 0
        intent = session.get(PaymentIntent, payment.key)
        if intent is None:
            yield f"{left + held} are charged, and nobody here knows of it"
            continue
        owed = _paid_for(session, intent)
        if left > owed or (held and not owed):
            yield f"{left + held} are charged for {intent.purpose}, which costs {owed}"


def _paid_for(session: Session, intent: PaymentIntent) -> int:
    """Return what a payment pays of something that stands: an order, or a load."""
    if intent.purpose == "wallet_load":
        load = session.get(Load, intent.purpose_id)
        return load.amount_minor - load.refunded_minor if load is not None and load.state == "settled" else 0
    paid = sa.select(OrderTender, Order.state).join(Order, Order.id == OrderTender.order_id)
    found = session.execute(paid.where(OrderTender.payment_id == intent.id)).first()
    if found is None or found.state in ENDED_UNPAID:
        return 0
    tender = found[0]
    return int(tender.amount_minor + tender.tip_minor - tender.refunded_minor - tender.tip_refunded_minor)
