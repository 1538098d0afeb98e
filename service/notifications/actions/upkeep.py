"""What the worker does now and then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...accounts import queries as accounts
from ...db import delete_some
from ..models import Notification, PushSubscription
from ..queries.devices import subscriptions_after

KEPT = timedelta(days=2)
"""For how long a notification that is done keeps its fact from being told again."""
_AT_ONCE = 1_000


def forget_done(session: Session, *, now: datetime) -> int:
    """Delete up to 1,000 of the notifications done two days ago; return how many."""
    return delete_some(session, Notification, Notification.done_at < now - KEPT, oldest=Notification.done_at)


def ended_subscriptions(session: Session, *, now: datetime) -> list[list[UUID]]:
    """Return the subscriptions of sign-ins that ended, up to 1,000 in one batch; it only reads."""
    ended: list[UUID] = []
    after = None
    while len(ended) < _AT_ONCE and (page := subscriptions_after(session, after, limit=_AT_ONCE)):
        live = accounts.signed_in_sessions(session, session_ids=[each.session_id for each in page], now=now)
        ended += [each.id for each in page if each.session_id not in live]
        after = page[-1].id
    return [ended[:_AT_ONCE]] if ended else []


def forget_subscriptions(session: Session, *, subscription_ids: Sequence[UUID]) -> int:
    """Delete subscriptions whose sign-ins ended, which none of them outlives; return how many."""
    these = sa.delete(PushSubscription).where(PushSubscription.id.in_(subscription_ids))
    return session.connection().execute(these).rowcount
