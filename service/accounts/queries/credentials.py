"""Reads of what people sign in with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import newest
from ..errors import OneTimeTokenNotValid
from ..models import EmailChallenge, Passkey, Person
from ..rules.one_time import hash_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a sign-in is checked against, and what of the person a password must not be made of."""

    person_id: UUID
    email: str | None
    name: str | None
    password_hash: str | None
    password_version: int


_CREDENTIALS = sa.select(
    Person.id.label("person_id"), Person.email, Person.name, Person.password_hash, Person.password_version
)


def credentials_at(session: Session, *, email: str) -> Credentials | None:
    """Return the credentials of the account with this address, None where there is none."""
    return _credentials(session, Person.email == email)


def credentials_of(session: Session, *, person_id: UUID) -> Credentials | None:
    """Return the person's credentials, None where there is no such person."""
    return _credentials(session, Person.id == person_id)


def credentials_of_reset(session: Session, *, token: str, now: datetime) -> Credentials:
    """Return the credentials of the person whom the token lets choose a new password. Raises OneTimeTokenNotValid."""
    challenge = sa.select(EmailChallenge.person_id).where(
        EmailChallenge.token_hash == hash_of(token),
        EmailChallenge.purpose == "reset_password",
        EmailChallenge.used_at.is_(None),
        EmailChallenge.expires_at > now,
    )
    found = _credentials(session, Person.id == challenge.scalar_subquery())
    if found is None:
        raise OneTimeTokenNotValid()
    return found


def _credentials(session: Session, which: sa.ColumnElement[bool]) -> Credentials | None:
    row = session.execute(_CREDENTIALS.where(which)).mappings().first()
    return Credentials(**row) if row is not None else None


def passkeys_of(session: Session, *, person_id: UUID, before: UUID | None, limit: int) -> Sequence[Passkey]:
    """Return the person's passkeys, newest first, up to one more than the limit."""
    theirs = sa.select(Passkey).where(Passkey.person_id == person_id)
    return session.scalars(newest(theirs, Passkey.id, before=before, limit=limit)).all()
