"""The devices that take push."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...accounts import queries as accounts
from ..models import PushSubscription


def live_subscriptions(
    session: Session, customer_id: UUID, *, told: Collection[str] = (), now: datetime
) -> list[PushSubscription]:
    """Return the customer's subscriptions whose sign-in lasts, newest first, without those whose ids are in `told`."""
    mine = sa.select(PushSubscription).where(PushSubscription.customer_id == customer_id)
    found = session.scalars(mine.order_by(PushSubscription.id.desc())).all()
    live = accounts.signed_in_sessions(session, session_ids=[each.session_id for each in found], now=now)
    return [each for each in found if each.session_id in live and str(each.id) not in told]


def subscriptions_of(session: Session, *, customer_id: UUID, session_id: UUID, now: datetime) -> list[dict[str, Any]]:
    """Return the customer's devices that take push, newest first; `is_current` is the one that asks."""
    found = live_subscriptions(session, customer_id, now=now)
    return [shown_subscription(each, session_id=session_id) for each in found]


def shown_subscription(subscription: PushSubscription, *, session_id: UUID) -> dict[str, Any]:
    """Return a subscription as it is shown to whoever asks with this session; its address stays here."""
    return {
        "id": subscription.id,
        "device_id": subscription.session_id,
        "push_service": urlsplit(subscription.endpoint).netloc,
        "is_current": subscription.session_id == session_id,
        "created_at": subscription.created_at,
    }


def subscriptions_after(session: Session, after: UUID | None, *, limit: int) -> Sequence[sa.Row[UUID, UUID]]:
    """Return id and session of up to `limit` subscriptions in order of their ids, those after one."""
    page = sa.select(PushSubscription.id, PushSubscription.session_id).order_by(PushSubscription.id).limit(limit)
    return session.execute(page if after is None else page.where(PushSubscription.id > after)).all()
