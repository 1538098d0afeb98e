"""Keeping and removing payment methods, and choosing the default: always the customer's own choice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from ...errors import NotFound
from ..errors import TooManyPaymentMethods
from ..models import MOST_METHODS, PaymentMethod
from ..providers.port import Kept
from .facts import PaymentMethodRemoved


def keep_method(
    session: Session, *, customer_id: UUID, provider: str, kept: Kept, is_default: bool, now: datetime
) -> UUID:
    """Keep what the provider keeps for the customer; return its id. The same again is the one that is there.

    It is the default only where the customer says so now. Raises TooManyPaymentMethods.
    """
    mine = list(session.scalars(_of(customer_id)))
    method = next((each for each in mine if (each.provider, each.token) == (provider, kept.token)), None)
    if method is None:
        free = sorted(set(range(1, MOST_METHODS + 1)) - {each.number for each in mine})
        if not free:
            raise TooManyPaymentMethods(MOST_METHODS)
        method = PaymentMethod(
            id=new_id(),
            customer_id=customer_id,
            number=free[0],  # where another took it meanwhile, the unique key says so, and this runs again
            provider=provider,
            token=kept.token,
            provider_customer=kept.customer,
            kind=kept.kind,
            brand=kept.brand,
            last4=kept.last4,
            expires=kept.expires,
            is_default=False,
            version=1,
            created_at=now,
        )
        session.add(method)
        session.flush()  # it can be chosen
    if is_default:
        choose_default(session, customer_id=customer_id, method_id=method.id)
    return method.id


def choose_default(session: Session, *, customer_id: UUID, method_id: UUID | None) -> None:
    """Let the method be the customer's default, or none (`method_id` None). Raises NotFound."""
    mine = list(session.scalars(_of(customer_id)))
    if method_id is not None and method_id not in {method.id for method in mine}:
        raise NotFound("payment method")
    for method in mine:
        if method.is_default and method.id != method_id:
            method.is_default, method.version = False, method.version + 1
    session.flush()  # one default at a time, also between two statements
    for method in mine:
        if method.id == method_id and not method.is_default:
            method.is_default, method.version = True, method.version + 1


def remove_method(session: Session, *, customer_id: UUID, method_id: UUID, now: datetime) -> None:
    """Remove the customer's method: nothing more is paid with it. What was paid with it can still be given back.

    Raises NotFound.
    """
    # Locked: nothing begins to be paid with it meanwhile.
    method = session.get(PaymentMethod, method_id, with_for_update=True, populate_existing=True)
    if method is None or method.customer_id != customer_id or method.removed_at is not None:
        raise NotFound("payment method")
    method.number, method.removed_at, method.is_default = None, now, False
    events.record(session, PaymentMethodRemoved(subject_id=method_id, customer_id=customer_id, happened_at=now))


def note_detached(session: Session, *, method_id: UUID, now: datetime) -> None:
    """Note that the provider forgot a removed method."""
    session.execute(sa.update(PaymentMethod).where(PaymentMethod.id == method_id).values(detached_at=now))


def _of(customer_id: UUID) -> sa.Select[PaymentMethod]:
    return (
        sa.select(PaymentMethod)
        .where(PaymentMethod.customer_id == customer_id, PaymentMethod.removed_at.is_(None))
        .order_by(PaymentMethod.id)
        .with_for_update()  # in primary-key order: two changes of the default take turns
    )
