"""Signing up: asked for, then proved by mail; the account exists from the proof on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ... import events
from ...db import violates
from ..errors import OneTimeTokenNotValid
from ..models import DeviceSession, Person
from ..rules import letters
from . import challenges, sessions
from .facts import CustomerJoined
from .post import post

PURPOSE = "sign_up"


def request_sign_up(
    session: Session,
    *,
    email: str,
    password_hash: str,
    name: str | None,
    phone: str | None,
    language: str | None,
    guest_id: UUID | None,
    now: datetime,
) -> None:
    """Send the address a token that proves it; one that has an account gets a note instead.

    Nothing tells the caller which. Of a guest's requests only the newest can be proved: a mistyped address must
    not hand their orders to a stranger.
    """
    is_known = session.scalar(sa.select(Person.id).where(Person.email == email)) is not None
    challenges.void_all(session, person_id=guest_id, now=now)
    token = challenges.issue(
        session,
        purpose=PURPOSE,
        email=email,
        person_id=guest_id,
        pending={}
        if is_known
        else {"password_hash": password_hash, "name": name, "phone": phone, "language": language},
        void=is_known,
        now=now,
    )
    if token is not None:
        letter = letters.already_registered() if is_known else letters.confirm_address(token)
        post(session, letter, to=email, now=now)


def verify_sign_up(
    session: Session, *, token: str, device_name: str | None, session_days: int, now: datetime
) -> DeviceSession:
    """Make the account whose address the token proves, and sign in.

    A guest becomes the account under the same id; their earlier sessions end, since whoever holds one need not be
    who holds the address. Raises OneTimeTokenNotValid.
    """
    challenge = challenges.redeem(session, token=token, purpose=PURPOSE, now=now)
    guest = _guest(session, challenge.person_id)
    person = guest or Person(created_at=now)
    person.is_guest = False
    person.email = challenge.email
    person.password_hash = challenge.pending["password_hash"]
    person.name = challenge.pending["name"]
    person.phone = challenge.pending["phone"]
    person.language = challenge.pending["language"]
    challenge.pending = {}
    session.add(person)
    flush_new_address(session)
    challenges.void_all(session, email=challenge.email, person_id=person.id, now=now)
    sessions.end_sessions(session, person_id=person.id, now=now)
    events.record(session, CustomerJoined(subject_id=person.id, was_guest=guest is not None, happened_at=now))
    return sessions.open_session(
        session, person_id=person.id, device_name=device_name, session_days=session_days, now=now
    )


def _guest(session: Session, person_id: UUID | None) -> Person | None:
    if person_id is None:
        return None
    person = session.get(Person, person_id, with_for_update=True)  # two proofs must not both make it an account
    if person is None or not person.is_guest:
        return None
    person.version += 1
    return person


def flush_new_address(session: Session) -> None:
    """Write a person's new address. Raises OneTimeTokenNotValid where another account has it by now."""
    try:
        session.flush()  # now, where a taken address can still be refused
    except IntegrityError as error:
        if violates(error, Person.__table__, "email"):  # type: ignore[arg-type]
            raise OneTimeTokenNotValid() from error
        raise
