"""What the worker and the operator do now and then."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import DeviceSession, EmailChallenge, Mail, PasskeyChallenge, SigningKey

# A session is kept for a while after its end, so that its owner and an investigation can still see it.
KEPT_SESSIONS = timedelta(days=30)
# A mail that no server took by then says nothing that still helps.
KEPT_MAILS = timedelta(days=2)


def forget_expired(session: Session, *, now: datetime) -> int:
    """Delete expired one-time tokens and challenges, long-ended sessions and mails nobody took; return how many."""
    ended = sa.or_(DeviceSession.expires_at < now - KEPT_SESSIONS, DeviceSession.revoked_at < now - KEPT_SESSIONS)
    old = (
        sa.delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < now),
        sa.delete(EmailChallenge).where(EmailChallenge.expires_at < now),
        sa.delete(DeviceSession).where(ended),
        sa.delete(Mail).where(Mail.created_at < now - KEPT_MAILS),
    )
    return sum(session.connection().execute(statement).rowcount for statement in old)


def retire_older_keys(session: Session, *, newest: str, now: datetime) -> int:
    """Let only the newest signing key verify; tokens signed with older ones end within a minute. Return how many."""
    older = sa.update(SigningKey).where(SigningKey.kid != newest, SigningKey.retired_at.is_(None))
    return int(session.execute(older.values(retired_at=now)).rowcount)  # type: ignore[attr-defined]
