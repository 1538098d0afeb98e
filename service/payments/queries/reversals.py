"""What providers' sides took back past the service, for those who act for the chain."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import PaymentIntent, PaymentReversal, PaymentStep
from ..rules.reversals import DISPUTE, FINAL, TAKEN


def reversals(session: Session, *, kind: str | None, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Return reversals, of one kind or all, newest first, up to one more than the limit."""
    wanted = sa.select(PaymentReversal, PaymentIntent).join(
        PaymentIntent, PaymentIntent.id == PaymentReversal.intent_id
    )
    if kind is not None:
        wanted = wanted.where(PaymentReversal.kind == kind)
    if before is not None:
        wanted = wanted.where(PaymentReversal.id < before)
    rows = session.execute(wanted.order_by(PaymentReversal.id.desc()).limit(limit + 1))
    return [_shown(reversal, intent) for reversal, intent in rows]


def _shown(reversal: PaymentReversal, intent: PaymentIntent) -> dict[str, Any]:
    return {
        "id": reversal.id,
        "kind": reversal.kind,
        "state": reversal.state,
        "reason": reversal.reason,
        "amount": {"amount_minor": reversal.amount_minor, "currency": reversal.currency},
        "provider": intent.provider,
        "provider_payment": intent.reference,
        "provider_reference": reversal.reference,
        "payment_id": intent.id,
        "purpose": intent.purpose,
        "purpose_id": intent.purpose_id,
        "noted_at": reversal.noted_at,
        "updated_at": reversal.updated_at,
    }


def lost_in_disputes(session: Session) -> dict[str, int]:
    """Return by currency what banks have in disputes, less what of it counts as given back to their customers."""
    amount, state = PaymentReversal.amount_minor, PaymentReversal.state
    taken = (
        sa.select(
            PaymentReversal.intent_id,
            sa.func.sum(sa.case((state.in_(TAKEN), amount), else_=0)).label("taken"),
            sa.func.sum(sa.case((state == FINAL, amount), else_=0)).label("lost"),
        )
        .where(PaymentReversal.kind == DISPUTE)
        .group_by(PaymentReversal.intent_id)
        .subquery()
    )
    of_it = sa.select(sa.func.sum(PaymentStep.by_bank_minor)).where(PaymentStep.intent_id == taken.c.intent_id)
    given = sa.func.coalesce(of_it.scalar_subquery(), 0)
    counted = sa.case((given < taken.c.lost, given), else_=taken.c.lost)
    summed = (
        sa.select(PaymentIntent.currency, sa.func.sum(taken.c.taken - counted))
        .join(taken, taken.c.intent_id == PaymentIntent.id)
        .group_by(PaymentIntent.currency)
    )
    return {currency: int(amount) for currency, amount in session.execute(summed)}
