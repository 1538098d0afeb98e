"""What the worker does now and then."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...accounts import queries as accounts
from ..models import Notification, PushSubscription
from ..queries.devices import subscriptions_after

KEPT = timedelta(days=2)
"""For how long a notification that is done keeps its fact from being told again."""
_AT_ONCE = 1_000


def forget_done(session: Session, *, now: datetime) -> int:
    """Delete notifications done two days ago, and the subscriptions of sign-ins that ended; return how many."""
    old = session.execute(sa.delete(Notification).where(Notification.done_at < now - KEPT))
    gone = 0
    after = None
    while page := subscriptions_after(session, after, limit=_AT_ONCE):
        live = accounts.signed_in_sessions(session, session_ids=[each.session_id for each in page], now=now)
        ended = [each.id for each in page if each.session_id not in live]
        if ended:
            session.execute(sa.delete(PushSubscription).where(PushSubscription.id.in_(ended)))
        gone += len(ended)
        after = page[-1].id
    return int(old.rowcount) + gone  # type: ignore[attr-defined]
