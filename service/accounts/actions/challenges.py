"""One-time tokens sent by mail: kept only as SHA-256, used once, for an hour."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..errors import OneTimeTokenNotValid
from ..models import EmailChallenge
from ..rules.one_time import hash_of

LIFETIME = timedelta(hours=1)
MOST_PER_LIFETIME = 5  # mails of one kind to one address: nobody's inbox is flooded through us


def issue(
    session: Session,
    *,
    purpose: str,
    email: str,
    person_id: UUID | None,
    pending: dict[str, Any] | None = None,
    void: bool = False,
    now: datetime,
) -> str | None:
    """Return a new token for the address; None where it had enough of them, and no mail shall go.

    A `void` one is worth nothing. It is made where there is nothing to prove, so that a known and an unknown
    address cost the same work and the time tells nothing.
    """
    recent = sa.select(sa.func.count()).where(
        EmailChallenge.email == email, EmailChallenge.purpose == purpose, EmailChallenge.created_at > now - LIFETIME
    )
    if (session.scalar(recent) or 0) >= MOST_PER_LIFETIME:
        return None
    token = secrets.token_urlsafe(24)
    session.add(
        EmailChallenge(
            purpose=purpose,
            email=email,
            person_id=person_id,
            token_hash=hash_of(token),
            pending=pending or {},
            created_at=now,
            expires_at=now + LIFETIME,
            used_at=now if void else None,
        )
    )
    return token


def redeem(
    session: Session, *, token: str, purpose: str, person_id: UUID | None = None, now: datetime
) -> EmailChallenge:
    """Use the token up and return what it proves; with `person_id` it must be that person's.

    One conditional update, so that of two requests with one token one wins. Raises OneTimeTokenNotValid.
    """
    use = (
        sa.update(EmailChallenge)
        .where(
            EmailChallenge.token_hash == hash_of(token),
            EmailChallenge.purpose == purpose,
            EmailChallenge.used_at.is_(None),
            EmailChallenge.expires_at > now,
        )
        .values(used_at=now)
        .returning(EmailChallenge)
    )
    if person_id is not None:
        use = use.where(EmailChallenge.person_id == person_id)
    challenge = session.scalars(use).first()
    if challenge is None:
        raise OneTimeTokenNotValid()
    return challenge


def void_all(session: Session, *, now: datetime, email: str | None = None, person_id: UUID | None = None) -> None:
    """Make every open token of the address and of the person worthless."""
    theirs = [EmailChallenge.email == email] if email is not None else []
    theirs += [EmailChallenge.person_id == person_id] if person_id is not None else []
    if theirs:
        session.execute(
            sa.update(EmailChallenge).where(EmailChallenge.used_at.is_(None), sa.or_(*theirs)).values(used_at=now)
        )
