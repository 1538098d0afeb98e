"""Loading a wallet from a payment method: asked for now, settled by what its payment tells."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from ...money import Money
from ...payments import actions as payments
from ..models import Load
from ..rules.ledger import between, clearing, wallet_of
from .facts import LoadBegun, LoadFailed, LoadSettled
from .posting import post

LOAD = "wallet_load"
"""What loads are paid for; the facts of payments name it back."""


def begin_load(
    session: Session,
    *,
    customer_id: UUID,
    amount: Money,
    payment_method_id: UUID,
    by: str = "customer",
    now: datetime,
) -> UUID:
    """Have a payment method of the customer's charged for their wallet; return the load's id.

    It is pending until its payment tells that it was charged, or wasn't. Raises NotFound.
    """
    load_id = new_id()
    intent_id = payments.begin(
        session,
        customer_id=customer_id,
        amount=amount,
        method_id=payment_method_id,
        purpose=LOAD,
        purpose_id=load_id,
        capture=True,
        now=now,
    )
    load = Load(
        id=load_id,
        customer_id=customer_id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        begun_by=by,
        payment_method_id=payment_method_id,
        intent_id=intent_id,
        state="pending",
        refunded_minor=0,
        created_at=now,
    )
    session.add(load)
    session.flush()  # a second automatic one is refused here, and what answers reads it
    begun = LoadBegun(
        subject_id=load_id,
        customer_id=customer_id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        by=by,
        happened_at=now,
    )
    events.record(session, begun)
    return load_id


def settle_load(session: Session, *, load_id: UUID, amount_minor: int, now: datetime) -> None:
    """Put what was charged for the load into its customer's wallet, once."""
    load = _pending(session, load_id)
    if load is None:
        return
    # What was charged counts, whatever was asked for.
    load.state, load.amount_minor, load.ended_at = "settled", amount_minor, now
    legs = between(clearing(load.currency), wallet_of(load.customer_id, load.currency), amount_minor)
    post(session, kind="load", purpose="load", purpose_id=load_id, legs=legs, now=now)
    settled = LoadSettled(
        subject_id=load_id,
        customer_id=load.customer_id,
        amount_minor=amount_minor,
        currency=load.currency,
        happened_at=now,
    )
    events.record(session, settled)


def fail_load(session: Session, *, load_id: UUID, reason: str, now: datetime) -> None:
    """End a load for which nothing was charged."""
    load = _pending(session, load_id)
    if load is None:
        return
    load.state, load.reason, load.ended_at = "failed", reason, now
    failed = LoadFailed(
        subject_id=load_id, customer_id=load.customer_id, by=load.begun_by, reason=reason, happened_at=now
    )
    events.record(session, failed)


def lock_load(session: Session, load_id: UUID) -> None:
    """Lock a load before its payment is: who cashes it out has the load first, too."""
    session.get(Load, load_id, with_for_update=True, populate_existing=True)


def _pending(session: Session, load_id: UUID) -> Load | None:
    # Locked: it is settled once, however often its payment tells.
    load = session.get(Load, load_id, with_for_update=True, populate_existing=True)
    return load if load is not None and load.state == "pending" else None
