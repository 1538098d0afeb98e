"""Sessions on devices: opened, refreshed, ended."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...errors import NotFound
from ..errors import RecentSignInNeeded, SessionEnded, WrongCredentials
from ..models import DeviceSession, Person
from ..rules import letters, refresh
from .facts import RefreshTokenReused
from .post import post

# How long a sign-in counts as recent: what follows it changes how the account is signed in to.
RECENT = timedelta(minutes=15)


def start_guest(session: Session, *, now: datetime) -> Person:
    """Make a guest: someone who may order without saying who they are."""
    guest = Person(is_guest=True, created_at=now)
    session.add(guest)
    session.flush()  # the device session that follows refers to it
    return guest


def open_session(
    session: Session, *, person_id: UUID, device_name: str | None, session_days: int, now: datetime
) -> DeviceSession:
    """Sign the person in on a device."""
    opened = DeviceSession(
        person_id=person_id,
        device_name=device_name,
        secret=secrets.token_bytes(32),
        generation=1,
        rotated_at=now,
        created_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(days=session_days),
    )
    session.add(opened)
    session.flush()  # its id goes into the tokens
    return opened


def sign_in(
    session: Session,
    *,
    person_id: UUID,
    password_version: int,
    device_name: str | None,
    session_days: int,
    better_hash: str | None,
    now: datetime,
) -> DeviceSession:
    """Sign the person in whose password of this version was proved; keep the `better_hash` of it where given.

    Raises WrongCredentials where the password was changed since.
    """
    # Locked: a password change ends all sessions, so it must come before this one opens or after.
    person = session.get(Person, person_id, with_for_update=True)
    if person is None or person.password_version != password_version:
        raise WrongCredentials()
    if better_hash is not None:
        person.password_hash = better_hash
    return open_session(session, person_id=person_id, device_name=device_name, session_days=session_days, now=now)


def require_recent_sign_in(session: Session, *, session_id: UUID, now: datetime) -> None:
    """Let those pass who signed in on this device in the last 15 minutes. Raises RecentSignInNeeded."""
    signed_in_at = session.scalar(sa.select(DeviceSession.created_at).where(DeviceSession.id == session_id))
    if signed_in_at is None or signed_in_at <= now - RECENT:
        raise RecentSignInNeeded()


def refresh_session(
    session: Session,
    *,
    refresh_token: str,
    service_key: bytes,
    grace_seconds: int,
    session_days: int,
    now: datetime,
) -> DeviceSession | SessionEnded:
    """Rotate the session's refresh token; a retry of a lost answer gets the same new one again.

    A token that was used up before ends the session and tells the owner. That must last although the caller is
    refused, so this refusal is returned, not raised. Raises SessionEnded where there is nothing to end.
    """
    said = refresh.read(refresh_token)
    if said is None:
        raise SessionEnded()
    # Locked: of two refreshes with one token the first rotates, the second finds a lost answer.
    opened = session.get(DeviceSession, said.session_id, with_for_update=True)
    if opened is None or not said.is_genuine(secret=opened.secret, service_key=service_key):
        raise SessionEnded()
    if opened.revoked_at is not None or opened.expires_at <= now:
        raise SessionEnded()
    use = refresh.use_of(
        said.generation,
        current=opened.generation,
        rotated_at=opened.rotated_at,
        grace_seconds=grace_seconds,
        now=now,
    )
    if use is refresh.Use.REUSE:
        return _end_reused(session, opened, now)
    if use is refresh.Use.FIRST:
        opened.generation += 1
        opened.rotated_at = opened.last_seen_at = now
        opened.expires_at = now + timedelta(days=session_days)
    return opened


def _end_reused(session: Session, opened: DeviceSession, now: datetime) -> SessionEnded:
    opened.revoked_at = now
    events.record(session, RefreshTokenReused(subject_id=opened.person_id, session_id=opened.id, happened_at=now))
    owner = session.get_one(Person, opened.person_id)
    post(session, letters.session_ended(), to=owner.email, now=now)
    return SessionEnded()


def end_session(session: Session, *, person_id: UUID, session_id: UUID, now: datetime) -> None:
    """Sign one of the person's devices out. Raises NotFound."""
    ended = session.execute(_open_sessions_of(person_id, now).where(DeviceSession.id == session_id))
    if not ended.rowcount:  # type: ignore[attr-defined]
        raise NotFound("device")


def end_sessions(session: Session, *, person_id: UUID, now: datetime, keep: UUID | None = None) -> None:
    """Sign all of the person's devices out, but for the one to keep."""
    ending = _open_sessions_of(person_id, now)
    session.execute(ending.where(DeviceSession.id != keep) if keep is not None else ending)


def _open_sessions_of(person_id: UUID, now: datetime) -> sa.Update:
    return (
        sa.update(DeviceSession)
        .where(
            DeviceSession.person_id == person_id,
            DeviceSession.revoked_at.is_(None),
            DeviceSession.expires_at > now,
        )
        .values(revoked_at=now)
    )
