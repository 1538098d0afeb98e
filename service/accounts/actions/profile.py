"""What a person says about themselves, and their password."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import NotFound, VersionMismatch
from ..errors import LastWayToSignIn, WrongPassword
from ..models import Person
from ..rules import letters
from . import challenges, passkeys, sessions
from .post import post


def change_profile(session: Session, *, person_id: UUID, expected_version: int, changes: dict[str, str | None]) -> None:
    """Set the named parts of the profile (name, phone, language); None clears one. Raises VersionMismatch."""
    person = session.get_one(Person, person_id, with_for_update=True)  # its version is compared, then counts up
    if person.version != expected_version:
        raise VersionMismatch(person.version)
    for part in ("name", "phone", "language"):
        if part in changes:
            setattr(person, part, changes[part])
    person.version += 1


def change_password(
    session: Session,
    *,
    person_id: UUID,
    password_hash: str,
    proved_version: int | None = None,
    keep_session_id: UUID | None = None,
    now: datetime,
) -> None:
    """Set the password, sign all devices out but the one to keep, void open tokens, and tell the owner by mail.

    Also the first password of an account that had passkeys only. With `proved_version` the password must still be
    that one. Raises WrongPassword.
    """
    # Locked: a sign-in with the old password comes before this, and is ended, or after, and is refused.
    person = session.get_one(Person, person_id, with_for_update=True)
    if proved_version is not None and person.password_version != proved_version:
        raise WrongPassword()
    if person.password_hash is None:
        person.version += 1  # the profile says whether there is one
    person.password_hash = password_hash
    person.password_version += 1
    sessions.end_sessions(session, person_id=person_id, keep=keep_session_id, now=now)
    challenges.void_all(session, email=person.email, person_id=person_id, now=now)
    post(session, letters.password_changed(), to=person.email, now=now)


def remove_password(session: Session, *, person_id: UUID, session_id: UUID, now: datetime) -> None:
    """Let only passkeys sign the person in, sign all other devices out, and tell the owner by mail.

    Without a password this changes nothing. Raises RecentSignInNeeded, LastWayToSignIn.
    """
    sessions.require_recent_sign_in(session, session_id=session_id, now=now)
    person = session.get_one(Person, person_id, with_for_update=True)  # its last passkey must not go meanwhile
    if not passkeys.has_passkey(session, person_id=person_id):
        raise LastWayToSignIn()
    if person.password_hash is None:
        return
    person.password_hash = None
    person.password_version += 1
    person.version += 1
    sessions.end_sessions(session, person_id=person_id, keep=session_id, now=now)
    challenges.void_all(session, email=person.email, person_id=person_id, now=now)
    post(session, letters.password_removed(), to=person.email, now=now)


def make_operator(session: Session, *, email: str) -> UUID:
    """Let the account of this address act chain-wide, and return whose it is. Raises NotFound."""
    made = (
        sa.update(Person)
        .where(Person.email == email)
        .values(is_operator=True, version=Person.version + 1)
        .returning(Person.id)
    )
    person_id = session.scalar(made)
    if person_id is None:
        raise NotFound("account")
    return person_id
