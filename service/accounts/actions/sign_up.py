"""Signing up: asked for, then proved by mail; the account exists from the proof on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ... import events
from ...db import new_id, violates
from ...errors import Invalid
from ..errors import OneTimeTokenNotValid
from ..models import DeviceSession, Person
from ..rules import letters
from ..rules.passkeys import Attestation, NewKey, RelyingParty
from . import challenges, passkeys, sessions
from .facts import CustomerJoined
from .post import post

PURPOSE = "sign_up"
PASSKEY_FIELD = "passkey.credential"


def request_sign_up(
    session: Session,
    *,
    email: str,
    password_hash: str | None,
    name: str | None,
    phone: str | None,
    language: str | None,
    guest_id: UUID | None,
    now: datetime,
) -> None:
    """Send the address a token that proves it; one that has an account gets a note instead.

    Nothing tells the caller which. Without a password the account will be finished with a passkey. Of a guest's
    requests only the newest can be proved: a mistyped address must not hand their orders to a stranger.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPasskey:
    """What a new account is finished with: the authenticator's answer, and the passkey's name."""

    answer: Attestation
    party: RelyingParty
    name: str | None


def verify_sign_up(
    session: Session,
    *,
    token: str,
    passkey: FirstPasskey | None,
    device_name: str | None,
    session_days: int,
    now: datetime,
) -> DeviceSession:
    """Make the account whose address the token proves, with its passkey where there is one, and sign in.

    A guest becomes the account under the same id; their earlier sessions end, since whoever holds one need not be
    who holds the address. Raises OneTimeTokenNotValid, PasskeyNotValid, and Invalid for an account that would have
    neither password nor passkey; the token is not used up then.
    """
    challenge = challenges.redeem(session, token=token, purpose=PURPOSE, now=now)
    if passkey is None and challenge.pending["password_hash"] is None:
        raise Invalid({"passkey": ["No password was chosen, so this account needs a passkey."]})
    user_id, key = _new_passkey(session, challenge.id, passkey, now)
    guest = _guest(session, challenge.person_id)
    person = guest or Person(id=user_id, created_at=now)
    person.is_guest = False
    person.email = challenge.email
    for part in ("password_hash", "name", "phone", "language"):
        setattr(person, part, challenge.pending[part])
    challenge.pending = {}
    session.add(person)
    flush_new_address(session)
    if passkey is not None and key is not None:
        passkeys.keep_passkey(session, person_id=person.id, name=passkey.name, key=key, now=now, field=PASSKEY_FIELD)
    challenges.void_all(session, email=challenge.email, person_id=person.id, now=now)
    sessions.end_sessions(session, person_id=person.id, now=now)
    events.record(session, CustomerJoined(subject_id=person.id, was_guest=guest is not None, happened_at=now))
    return sessions.open_session(
        session, person_id=person.id, device_name=device_name, session_days=session_days, now=now
    )


def _new_passkey(
    session: Session, email_challenge_id: UUID, passkey: FirstPasskey | None, now: datetime
) -> tuple[UUID, NewKey | None]:
    """Return who the person will be, and their first passkey where there is one. Raises PasskeyNotValid."""
    if passkey is None:
        return new_id(), None
    return passkeys.new_passkey_of_sign_up(
        session, email_challenge_id=email_challenge_id, answer=passkey.answer, party=passkey.party, now=now
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
