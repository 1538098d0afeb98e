"""Hearing a webhook: once, and only to look at the payment that it is about."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import delete_some
from ..models import PaymentEvent, PaymentIntent
from ..providers.port import Heard

KEEP_EVENTS = timedelta(days=30)  # a provider repeats one for some days


def hear(session: Session, *, provider: str, heard: Heard, now: datetime) -> UUID | None:
    """Note a webhook and make its payment due; return the payment's id, None where there is nothing to look at.

    What a webhook says of states and amounts is never believed: the provider is asked.
    """
    if session.get(PaymentEvent, (provider, heard.event_id)) is not None:
        return None
    # Where it is being heard elsewhere at this moment, the key says so at the commit, and this runs again.
    session.add(PaymentEvent(provider=provider, event_id=heard.event_id, received_at=now))
    if heard.reference is None:
        return None
    about = sa.select(PaymentIntent).where(
        PaymentIntent.provider == provider, PaymentIntent.reference == heard.reference
    )
    intent = session.scalars(about.with_for_update()).first()  # locked: not settled as "nothing due" meanwhile
    if intent is None:
        return None
    intent.due_at = now
    return intent.id


def forget_old_events(session: Session, *, now: datetime) -> int:
    """Delete up to 1,000 of the webhooks heard more than 30 days ago; return how many."""
    old = PaymentEvent.received_at < now - KEEP_EVENTS
    return delete_some(session, PaymentEvent, old, oldest=PaymentEvent.received_at)
