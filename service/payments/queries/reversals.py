"""What providers' sides took back past the service, for those who act for the chain."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import PaymentIntent, PaymentReversal


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
