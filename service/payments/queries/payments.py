"""A payment for its customer, and which ones are due."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import NotFound
from ..models import PaymentIntent, PaymentMethod
from ..rules.states import UNDECIDED
from .methods import shown

PAYMENTS_AT_ONCE = 20
PAGE = 500


def shown_payment(session: Session, *, customer_id: UUID, payment_id: UUID) -> dict[str, Any]:
    """Return the customer's payment with its version. Raises NotFound."""
    mine = (
        sa.select(PaymentIntent, PaymentMethod)
        .join(PaymentMethod, PaymentMethod.id == PaymentIntent.method_id)
        .where(PaymentIntent.id == payment_id, PaymentIntent.customer_id == customer_id)
    )
    found = session.execute(mine).first()
    if found is None:
        raise NotFound("payment")
    intent, method = found

    def money(amount_minor: int) -> dict[str, Any]:
        return {"amount_minor": amount_minor, "currency": intent.currency}

    url = intent.action_url
    return {
        "id": intent.id,
        "purpose": intent.purpose,
        "purpose_id": intent.purpose_id,
        "state": intent.state,
        "reason": intent.reason,
        "amount": money(intent.amount_minor),
        "captured": money(intent.captured_minor),
        "refunded": money(intent.refunded_minor),
        "is_settled": intent.due_at is None,
        "paid_with": shown(method),
        "next_action": _next_action(url) if url is not None else None,
        "version": intent.version,
        "created_at": intent.created_at,
        "updated_at": intent.updated_at,
    }


def _next_action(url: str) -> dict[str, str]:
    return {"kind": "redirect" if url.startswith("http") else "provider_sdk", "url": url}


def due_payments(session: Session, *, now: datetime) -> list[UUID]:
    """Return up to 20 payments that are due, and that nobody drives just now."""
    due = (
        sa.select(PaymentIntent.id)
        .where(PaymentIntent.due_at <= now)
        .where(sa.or_(PaymentIntent.leased_until.is_(None), PaymentIntent.leased_until <= now))
        .order_by(PaymentIntent.due_at, PaymentIntent.id)
        .limit(PAYMENTS_AT_ONCE)
    )
    return list(session.scalars(due))


def undecided(session: Session, payment_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the payments of which nobody knows yet whether they pay."""
    waiting = sa.select(PaymentIntent.id).where(PaymentIntent.id.in_(payment_ids), PaymentIntent.state.in_(UNDECIDED))
    return set(session.scalars(waiting))


def are_settled(session: Session, *, payment_ids: Collection[UUID]) -> bool:
    """Tell whether nothing is being found out or done about any of the payments."""
    due = sa.select(PaymentIntent.id).where(PaymentIntent.id.in_(payment_ids), PaymentIntent.due_at.is_not(None))
    return not payment_ids or session.scalar(due.limit(1)) is None


def brought(session: Session) -> dict[str, int]:
    """Return by currency what all payments brought: captured, less what was given back, and taken back past us."""
    left = sa.func.sum(PaymentIntent.captured_minor - PaymentIntent.refunded_minor - PaymentIntent.taken_back_minor)
    rows = session.execute(sa.select(PaymentIntent.currency, left).group_by(PaymentIntent.currency))
    return {currency: int(amount) for currency, amount in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPayment:
    """A payment as it is kept, to be compared with what its provider says."""

    id: UUID
    reference: str | None
    state: str
    authorised_minor: int
    captured_minor: int
    refunded_minor: int
    taken_back_minor: int
    due_at: datetime | None


def payments_with(session: Session, *, provider: str) -> Iterator[KeptPayment]:
    """Yield every payment with the provider, read in pages."""
    columns = [getattr(PaymentIntent, field.name) for field in dataclasses.fields(KeptPayment)]
    page = sa.select(*columns).where(PaymentIntent.provider == provider).order_by(PaymentIntent.id).limit(PAGE)
    rows = session.execute(page).all()
    while rows:
        for row in rows:
            yield KeptPayment(**row._mapping)
        rows = session.execute(page.where(PaymentIntent.id > rows[-1].id)).all()
