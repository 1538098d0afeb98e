"""Beginning a payment, and saying what is wanted of it. What is written here is done after its commit (driving)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import new_id
from ...errors import NotFound
from ...money import Money
from ..errors import MoreThanPaid, PaymentOver
from ..models import PaymentIntent, PaymentMethod, PaymentStep
from ..rules import states
from ..rules.timing import GRACE
from ..rules.wanted import CAPTURE, REFUND, VOID, WANTED

SHARED = {"read": True}


def begin(
    session: Session,
    *,
    customer_id: UUID,
    amount: Money,
    method_id: UUID,
    purpose: str,
    purpose_id: UUID,
    capture: bool,
    now: datetime,
    due_at: datetime | None = None,
) -> UUID:
    """Let the customer's payment method pay the amount for a purpose, at once (`capture`) or to be captured later.

    `due_at` is when the worker drives it: some seconds later, unless said, so that the request that began it is first.
    Returns the payment's id. Beginning the same purpose again returns the first payment and changes nothing.
    Raises NotFound.
    """
    known = session.scalar(
        sa.select(PaymentIntent.id).where(PaymentIntent.purpose == purpose, PaymentIntent.purpose_id == purpose_id)
    )
    if known is not None:
        return known
    # Locked: it isn't removed while something begins to be paid with it. Shared: one who pays with it has their wallet
    # already (an automatic load), another will want it.
    method = session.get(PaymentMethod, method_id, with_for_update=SHARED, populate_existing=True)
    if method is None or method.customer_id != customer_id or method.removed_at is not None:
        raise NotFound("payment method")
    intent = PaymentIntent(
        id=new_id(),
        customer_id=customer_id,
        purpose=purpose,
        purpose_id=purpose_id,
        provider=method.provider,
        method_id=method_id,
        captures_at_once=capture,
        currency=amount.currency,
        amount_minor=amount.amount_minor,
        authorised_minor=0,
        captured_minor=0,
        refund_asked_minor=0,
        refunded_minor=0,
        state=states.CREATED,
        due_at=due_at if due_at is not None else now + GRACE,
        run=0,
        attempts=0,
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(intent)
    session.flush()  # where another began it meanwhile its unique key says so here, and all of this runs again
    return intent.id


def lock_payments(session: Session, intent_ids: Collection[UUID]) -> dict[UUID, tuple[str, str | None]]:
    """Return state and reason of payments by their ids; nothing becomes of them before this transaction ends."""
    locked = sa.select(PaymentIntent.id, PaymentIntent.state, PaymentIntent.reason).with_for_update()
    rows = session.execute(locked.where(PaymentIntent.id.in_(intent_ids)).order_by(PaymentIntent.id))
    return {row.id: (row.state, row.reason) for row in rows}


def capture(session: Session, *, intent_id: UUID, amount_minor: int, now: datetime) -> None:
    """Take the amount, or less than was to be reserved; the rest is let go. As soon as it is reserved, if it isn't yet.

    Asking again changes nothing. Raises NotFound, PaymentOver, MoreThanPaid.
    """
    intent = _locked(session, intent_id)
    if intent.state in {states.VOIDED, states.FAILED} or _asked(session, intent_id, VOID, intent_id):
        raise PaymentOver(intent.state)
    if intent.captures_at_once or _asked(session, intent_id, CAPTURE, intent_id):
        return
    if not 0 < amount_minor <= intent.amount_minor:
        raise MoreThanPaid(intent.amount_minor)
    _want(session, intent, CAPTURE, purpose_id=intent_id, amount_minor=amount_minor, now=now)


def void(session: Session, *, intent_id: UUID, now: datetime) -> None:
    """Let go what was reserved or is to be; what is captured by the time that this is done is given back, all of it.

    Asking again, or of what came to nothing, changes nothing. Raises NotFound, PaymentOver.
    """
    intent = _locked(session, intent_id)
    if intent.state in {states.VOIDED, states.FAILED} or _asked(session, intent_id, VOID, intent_id):
        return
    if intent.state == states.CAPTURED or _asked(session, intent_id, CAPTURE, intent_id):
        raise PaymentOver(intent.state)
    _want(session, intent, VOID, purpose_id=intent_id, amount_minor=0, now=now)


def refund(session: Session, *, intent_id: UUID, amount_minor: int, purpose_id: UUID, now: datetime) -> None:
    """Give the amount back of what was captured. Asking again for the same purpose changes nothing.

    Raises NotFound, PaymentOver, MoreThanPaid.
    """
    intent = _locked(session, intent_id)
    if _asked(session, intent_id, REFUND, purpose_id):
        return
    if intent.state != states.CAPTURED:
        raise PaymentOver(intent.state)
    left = intent.captured_minor - intent.refund_asked_minor
    if not 0 < amount_minor <= left:
        raise MoreThanPaid(left)
    intent.refund_asked_minor += amount_minor
    _want(session, intent, REFUND, purpose_id=purpose_id, amount_minor=amount_minor, now=now)


def _locked(session: Session, intent_id: UUID) -> PaymentIntent:
    # Locked: what is asked of a payment, and what becomes of it, take turns.
    intent = session.get(PaymentIntent, intent_id, with_for_update=True, populate_existing=True)
    if intent is None:
        raise NotFound("payment")
    return intent


def _asked(session: Session, intent_id: UUID, kind: str, purpose_id: UUID) -> bool:
    same = sa.select(PaymentStep.id).where(
        PaymentStep.intent_id == intent_id, PaymentStep.kind == kind, PaymentStep.purpose_id == purpose_id
    )
    return session.scalar(same) is not None


def _want(
    session: Session, intent: PaymentIntent, kind: str, *, purpose_id: UUID, amount_minor: int, now: datetime
) -> None:
    session.add(
        PaymentStep(
            intent_id=intent.id,
            kind=kind,
            purpose_id=purpose_id,
            amount_minor=amount_minor,
            state=WANTED,
            asked_at=now,
        )
    )
    intent.due_at, intent.attempts, intent.updated_at = now + GRACE, 0, now
    intent.version += 1
    session.flush()  # whoever claims the payment in this transaction finds the step
