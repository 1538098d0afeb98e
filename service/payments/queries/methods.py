"""A customer's payment methods."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from ...errors import NotFound
from ..models import PaymentIntent, PaymentMethod

METHODS_AT_ONCE = 20


def shown_methods(session: Session, *, customer_id: UUID) -> list[dict[str, Any]]:
    """Return the customer's methods, in the order in which they were added."""
    mine = _kept().where(PaymentMethod.customer_id == customer_id).order_by(PaymentMethod.id)
    return [shown(method) for method in session.scalars(mine)]


def shown_method(session: Session, *, customer_id: UUID, method_id: UUID) -> dict[str, Any]:
    """Return one of the customer's methods. Raises NotFound."""
    mine = _kept().where(PaymentMethod.customer_id == customer_id, PaymentMethod.id == method_id)
    method = session.scalars(mine).first()
    if method is None:
        raise NotFound("payment method")
    return shown(method)


def default_method(session: Session, *, customer_id: UUID) -> UUID | None:
    """Return the method that the customer chose as their default, None where they chose none."""
    mine = sa.select(PaymentMethod.id).where(PaymentMethod.customer_id == customer_id, PaymentMethod.is_default)
    return session.scalar(mine)


def known_at(session: Session, *, customer_id: UUID, provider: str) -> str | None:
    """Return what the provider calls the customer, None where it doesn't know them yet."""
    theirs = sa.select(PaymentMethod.provider_customer).where(
        PaymentMethod.customer_id == customer_id, PaymentMethod.provider == provider
    )
    return session.scalars(theirs.order_by(PaymentMethod.id).limit(1)).first()


def methods_to_detach(session: Session) -> list[tuple[UUID, str, str]]:
    """Return id, provider and token of up to 20 removed methods that their provider still keeps, and that no payment
    needs any more. One that its customer added again is theirs again: the token is the same."""
    in_use = sa.exists().where(PaymentIntent.method_id == PaymentMethod.id, PaymentIntent.due_at.is_not(None))
    again = aliased(PaymentMethod)
    is_back = sa.exists().where(
        again.customer_id == PaymentMethod.customer_id,
        again.provider == PaymentMethod.provider,
        again.token == PaymentMethod.token,
        again.removed_at.is_(None),
    )
    rows = sa.select(PaymentMethod.id, PaymentMethod.provider, PaymentMethod.token).where(
        PaymentMethod.removed_at.is_not(None), PaymentMethod.detached_at.is_(None), ~in_use, ~is_back
    )
    found = session.execute(rows.order_by(PaymentMethod.removed_at, PaymentMethod.id).limit(METHODS_AT_ONCE))
    return [(row.id, row.provider, row.token) for row in found]


def _kept() -> sa.Select[PaymentMethod]:
    return sa.select(PaymentMethod).where(PaymentMethod.removed_at.is_(None))


def shown(method: PaymentMethod) -> dict[str, Any]:
    """Return a method as its customer is shown it."""
    return {
        "id": method.id,
        "provider": method.provider,
        "kind": method.kind,
        "brand": method.brand,
        "last4": method.last4,
        "expires": method.expires,
        "is_default": method.is_default,
        "created_at": method.created_at,
    }
