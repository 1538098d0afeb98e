"""What the worker and the operator do now and then."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import delete_some
from ..models import DeviceSession, EmailChallenge, Mail, PasskeyChallenge, SigningKey

# A session is kept for a while after its end, so that its owner and an investigation can still see it.
KEPT_SESSIONS = timedelta(days=30)
# A mail that no server took by then says nothing that still helps.
KEPT_MAILS = timedelta(days=2)


def forget_expired(session: Session, *, now: datetime) -> int:
    """Delete expired one-time tokens and challenges, long-ended sessions and mails nobody took, up to 1,000 of each;
    return how many."""
    ended = sa.or_(DeviceSession.expires_at < now - KEPT_SESSIONS, DeviceSession.revoked_at < now - KEPT_SESSIONS)
    return (
        delete_some(session, PasskeyChallenge, PasskeyChallenge.expires_at < now, oldest=PasskeyChallenge.expires_at)
        + delete_some(session, EmailChallenge, EmailChallenge.expires_at < now, oldest=EmailChallenge.expires_at)
        + delete_some(session, DeviceSession, ended, oldest=DeviceSession.id)
        + delete_some(session, Mail, Mail.created_at < now - KEPT_MAILS, oldest=Mail.id)
    )


def retire_older_keys(session: Session, *, newest: str, now: datetime) -> int:
    """Let only the newest signing key verify; tokens signed with older ones end within a minute. Return how many."""
    older = sa.update(SigningKey).where(SigningKey.kid != newest, SigningKey.retired_at.is_(None))
    return int(session.execute(older.values(retired_at=now)).rowcount)  # type: ignore[attr-defined]
