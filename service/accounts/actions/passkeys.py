"""Passkeys of accounts: added, named, removed; and signing in with one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from ...errors import NotFound
from ..errors import (
    LastWayToSignIn,
    OneTimeTokenNotValid,
    PasskeyMayBeCopied,
    PasskeyNotAccepted,
    PasskeyNotValid,
    TooManyPasskeys,
)
from ..models import DeviceSession, EmailChallenge, Passkey, Person
from ..rules import letters
from ..rules import passkeys as rules
from ..rules.one_time import hash_of
from ..rules.passkeys import Assertion, Attestation, NewKey, RelyingParty
from . import passkey_challenges, sessions
from .facts import PasskeyAdded, PasskeyRemoved, PasskeySuspected
from .passkey_challenges import ADD, LIFETIME, SIGN_IN, SIGN_UP
from .post import post

MOST_PASSKEYS = 20
# Who has a copy can try it as often as the limits allow; its owner is told once in this time.
TOLD_EVERY = timedelta(days=1)
_SECONDS = int(LIFETIME.total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony:
    """What the client gives its authenticator (the options of WebAuthn, as JSON), and until when that is worth it."""

    public_key: dict[str, Any]
    expires_at: datetime


def prepare_passkey(
    session: Session, *, person_id: UUID, session_id: UUID, party: RelyingParty, now: datetime
) -> Ceremony:
    """Begin to add a passkey to the person's account. Raises RecentSignInNeeded, TooManyPasskeys."""
    sessions.require_recent_sign_in(session, session_id=session_id, now=now)
    person = session.get_one(Person, person_id)
    assert person.email is not None  # guests have no passkeys
    existing = _passkeys_of(session, person_id)
    _require_room(existing)
    challenge = passkey_challenges.issue(session, purpose=ADD, user_id=person_id, now=now)
    options = rules.creation_options(
        party,
        challenge=challenge,
        user_id=person_id,
        address=person.email,
        name=person.name,
        existing=[(passkey.credential_id, passkey.transports) for passkey in existing],
        seconds=_SECONDS,
    )
    return Ceremony(public_key=options, expires_at=now + LIFETIME)


def add_passkey(
    session: Session, *, person_id: UUID, name: str | None, answer: Attestation, party: RelyingParty, now: datetime
) -> Passkey:
    """Let the person sign in with the passkey made in answer to their own challenge, and tell them by mail.

    Raises PasskeyNotValid, TooManyPasskeys.
    """
    person = session.get_one(Person, person_id, with_for_update=True)  # their passkeys are counted, then one is added
    begun = passkey_challenges.redeem(session, client_data=answer.client_data, purpose=ADD, user_id=person_id, now=now)
    key = rules.new_key(party, answer, challenge=begun.challenge) if begun is not None else None
    if key is None:
        raise PasskeyNotValid()
    _require_room(_passkeys_of(session, person_id))
    passkey = keep_passkey(session, person_id=person_id, name=name, key=key, now=now)
    post(session, letters.passkey_added(), to=person.email, now=now)
    return passkey


def _require_room(existing: Sequence[Passkey]) -> None:
    if len(existing) >= MOST_PASSKEYS:
        raise TooManyPasskeys(MOST_PASSKEYS)


def keep_passkey(
    session: Session, *, person_id: UUID, name: str | None, key: NewKey, now: datetime, field: str = "credential"
) -> Passkey:
    """Keep a passkey whose making was verified. Raises PasskeyNotValid where some account has it already."""
    # Of two that race with one key, the unique constraint lets the slower run again and find it here.
    taken = sa.select(Passkey.id).where(Passkey.credential_id == key.credential_id)
    if session.scalar(taken) is not None:
        raise PasskeyNotValid(field)
    passkey = Passkey(
        id=new_id(),
        person_id=person_id,
        credential_id=key.credential_id,
        public_key=key.public_key,
        sign_count=key.sign_count,
        is_syncable=key.is_syncable,
        is_synced=key.is_synced,
        transports=list(key.transports),
        name=name,
        created_at=now,
        last_used_at=None,
        suspected_at=None,
    )
    session.add(passkey)
    events.record(session, PasskeyAdded(subject_id=person_id, passkey_id=passkey.id, happened_at=now))
    return passkey


def rename_passkey(session: Session, *, person_id: UUID, passkey_id: UUID, name: str) -> Passkey:
    """Call one of the person's passkeys by another name. Raises NotFound."""
    passkey = _own_passkey(session, person_id, passkey_id)
    passkey.name = name
    return passkey


def remove_passkey(session: Session, *, person_id: UUID, session_id: UUID, passkey_id: UUID, now: datetime) -> None:
    """Let one of the person's passkeys sign nobody in any more, and tell them by mail.

    Raises RecentSignInNeeded, NotFound, LastWayToSignIn.
    """
    sessions.require_recent_sign_in(session, session_id=session_id, now=now)
    person = session.get_one(Person, person_id, with_for_update=True)  # of two last ones that race, one stays
    passkey = _own_passkey(session, person_id, passkey_id)
    if person.password_hash is None and len(_passkeys_of(session, person_id)) == 1:
        raise LastWayToSignIn()
    session.delete(passkey)
    events.record(session, PasskeyRemoved(subject_id=person_id, passkey_id=passkey_id, happened_at=now))
    post(session, letters.passkey_removed(), to=person.email, now=now)


def _own_passkey(session: Session, person_id: UUID, passkey_id: UUID) -> Passkey:
    passkey = session.scalar(sa.select(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person_id))
    if passkey is None:
        raise NotFound("passkey")
    return passkey


def has_passkey(session: Session, *, person_id: UUID) -> bool:
    """Tell whether the person can sign in with a passkey."""
    return bool(_passkeys_of(session, person_id))


def _passkeys_of(session: Session, person_id: UUID) -> Sequence[Passkey]:
    return session.scalars(sa.select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)).all()


# ---- signing up


def prepare_passkey_sign_up(session: Session, *, token: str, party: RelyingParty, now: datetime) -> Ceremony:
    """Begin to finish an account with a passkey, by the token from the mail, which this doesn't use up.

    A guest's passkey will be the guest's own, anybody else's that of the person they will be.
    Raises OneTimeTokenNotValid.
    """
    proof = session.scalar(
        sa.select(EmailChallenge).where(
            EmailChallenge.token_hash == hash_of(token),
            EmailChallenge.purpose == SIGN_UP,
            EmailChallenge.used_at.is_(None),
            EmailChallenge.expires_at > now,
        )
    )
    if proof is None:
        raise OneTimeTokenNotValid()
    user_id = proof.person_id or new_id()
    challenge = passkey_challenges.issue(
        session, purpose=SIGN_UP, user_id=user_id, email_challenge_id=proof.id, now=now
    )
    options = rules.creation_options(
        party,
        challenge=challenge,
        user_id=user_id,
        address=proof.email,
        name=proof.pending["name"],
        existing=(),
        seconds=_SECONDS,
    )
    return Ceremony(public_key=options, expires_at=now + LIFETIME)


def new_passkey_of_sign_up(
    session: Session, *, email_challenge_id: UUID, answer: Attestation, party: RelyingParty, now: datetime
) -> tuple[UUID, NewKey]:
    """Return who the person will be that this mail signs up, and the passkey that was made for it.

    Raises PasskeyNotValid.
    """
    begun = passkey_challenges.redeem(
        session, client_data=answer.client_data, purpose=SIGN_UP, email_challenge_id=email_challenge_id, now=now
    )
    key = rules.new_key(party, answer, challenge=begun.challenge) if begun is not None else None
    if begun is None or key is None or begun.user_id is None:
        raise PasskeyNotValid("passkey.credential")
    return begun.user_id, key


# ---- signing in


def prepare_passkey_sign_in(session: Session, *, party: RelyingParty, now: datetime) -> Ceremony:
    """Begin to sign in with a passkey. Nobody says who they are: the authenticator offers what it has for us."""
    challenge = passkey_challenges.issue(session, purpose=SIGN_IN, now=now)
    options = rules.request_options(party, challenge=challenge, seconds=_SECONDS)
    return Ceremony(public_key=options, expires_at=now + LIFETIME)


def sign_in_with_passkey(
    session: Session,
    *,
    answer: Assertion,
    party: RelyingParty,
    device_name: str | None,
    session_days: int,
    now: datetime,
) -> DeviceSession:
    """Sign the person in whose passkey answered the challenge.

    A counter that went back is refused and told to its owner. Raises PasskeyNotAccepted, PasskeyMayBeCopied.
    """
    begun = passkey_challenges.redeem(session, client_data=answer.client_data, purpose=SIGN_IN, now=now)
    passkey = _passkey_with(session, answer.id)
    if begun is None or passkey is None:
        raise PasskeyNotAccepted()
    use = rules.use_of(
        party,
        answer,
        challenge=begun.challenge,
        user_id=passkey.person_id,
        public_key=passkey.public_key,
        is_syncable=passkey.is_syncable,
    )
    if use is None:
        raise PasskeyNotAccepted()
    if rules.went_back(passkey.sign_count, use.sign_count):
        _suspect(session, passkey, now)
        raise PasskeyMayBeCopied()
    passkey.sign_count, passkey.is_synced, passkey.last_used_at = use.sign_count, use.is_synced, now
    return sessions.open_session(
        session, person_id=passkey.person_id, device_name=device_name, session_days=session_days, now=now
    )


def _passkey_with(session: Session, credential_id: bytes) -> Passkey | None:
    """Return the passkey, its person locked: removing it comes before this sign-in, or after."""
    theirs = sa.select(Passkey.person_id).where(Passkey.credential_id == credential_id)
    person_id = session.scalar(theirs)
    if person_id is None or session.get(Person, person_id, with_for_update=True) is None:
        return None
    return session.scalar(sa.select(Passkey).where(Passkey.credential_id == credential_id))


def _suspect(session: Session, passkey: Passkey, now: datetime) -> None:
    if passkey.suspected_at is not None and passkey.suspected_at > now - TOLD_EVERY:
        return
    passkey.suspected_at = now
    fact = PasskeySuspected(subject_id=passkey.person_id, passkey_id=passkey.id, happened_at=now)
    events.record(session, fact)
    owner = session.get_one(Person, passkey.person_id)
    post(session, letters.passkey_may_be_copied(), to=owner.email, now=now)
