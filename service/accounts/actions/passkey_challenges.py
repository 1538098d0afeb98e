"""Challenges for authenticators: kept only as SHA-256, used once, for five minutes, for one purpose."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import PasskeyChallenge
from ..rules import passkeys as rules

LIFETIME = timedelta(minutes=5)
ADD, SIGN_UP, SIGN_IN = "add", "sign_up", "sign_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """A challenge that was just used up, and whose the new passkey will be."""

    challenge: bytes
    user_id: UUID | None


def issue(
    session: Session,
    *,
    purpose: str,
    user_id: UUID | None = None,
    email_challenge_id: UUID | None = None,
    now: datetime,
) -> bytes:
    """Return a new challenge; for a new passkey with whose it will be, for a sign-up with the mail that proves it."""
    challenge = secrets.token_bytes(rules.CHALLENGE_BYTES)
    session.add(
        PasskeyChallenge(
            purpose=purpose,
            challenge_hash=_hash_of(challenge),
            user_id=user_id,
            email_challenge_id=email_challenge_id,
            created_at=now,
            expires_at=now + LIFETIME,
            used_at=None,
        )
    )
    return challenge


def redeem(
    session: Session,
    *,
    client_data: bytes,
    purpose: str,
    user_id: UUID | None = None,
    email_challenge_id: UUID | None = None,
    now: datetime,
) -> Redeemed | None:
    """Use up the challenge that the client says was signed and return it.

    None where it was used, is too old, or wasn't given for this. One conditional update, so that of two answers to
    one challenge one counts.
    """
    challenge = rules.challenge_of(client_data)
    if challenge is None:
        return None
    use = (
        sa.update(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge_hash == _hash_of(challenge),
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.used_at.is_(None),
            PasskeyChallenge.expires_at > now,
        )
        .values(used_at=now)
        .returning(PasskeyChallenge.user_id)
    )
    if user_id is not None:
        use = use.where(PasskeyChallenge.user_id == user_id)
    if email_challenge_id is not None:
        use = use.where(PasskeyChallenge.email_challenge_id == email_challenge_id)
    used = session.execute(use).first()
    return Redeemed(challenge=challenge, user_id=used.user_id) if used is not None else None


def _hash_of(challenge: bytes) -> str:
    return hashlib.sha256(challenge).hexdigest()
