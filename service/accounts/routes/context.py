"""What the routes of accounts share: parts of the application, the answer that opens a session, a proved password."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from flask import Response, after_this_request, current_app, g

from ... import clock
from ...config import Settings
from ...db import Database
from ...http import Caller, Document
from ...http.audiences import forget_person
from .. import actions, queries, tokens
from ..errors import WrongPassword
from ..models import DeviceSession
from ..passwords import Passwords, Proof
from ..rules import refresh
from ..rules.passkeys import Assertion, Attestation, RelyingParty

MAIL_SENT = Document({"detail": "We sent a mail to this address. What to do next is in it."})


def settings() -> Settings:
    """Return the application's settings."""
    return cast(Settings, current_app.extensions["sayso.settings"])


def database() -> Database:
    """Return the application's database, for a look before the request's own session is used."""
    return cast(Database, current_app.extensions["sayso.database"])


def passwords() -> Passwords:
    """Return the application's password hashing."""
    return cast(Passwords, current_app.extensions["sayso.passwords"])


def signed_in(opened: DeviceSession, *, is_guest: bool) -> Document:
    """Return the session with a new access token and its refresh token."""
    service = settings()
    return Document(
        {
            "session_id": opened.id,
            "person_id": opened.person_id,
            "is_guest": is_guest,
            "access_token": tokens.access_token(
                current_app.extensions["sayso.keys"],
                g.session,
                person_id=opened.person_id,
                session_id=opened.id,
                now=opened.rotated_at,
            ),
            "token_type": "Bearer",
            "expires_in": service.access_token_seconds,
            "refresh_token": refresh.token(
                session_id=opened.id,
                generation=opened.generation,
                secret=opened.secret,
                service_key=tokens.service_key(service),
            ),
        }
    )


def _prove_password(person_id: UUID, password: str) -> tuple[queries.Credentials, Proof]:
    """Return the signed-in person's credentials, proved by the password. Raises WrongPassword, Unavailable."""
    with database().reading() as session:
        credentials = queries.credentials_of(session, person_id=person_id)
    proof = passwords().prove(credentials, password, WrongPassword)
    assert credentials is not None  # without any there is no proof
    return credentials, proof


def prove_owner(caller: Caller, current_password: str | None) -> tuple[queries.Credentials, int]:
    """Return the caller's credentials and the version of the password that they proved.

    An account without a password has none to prove: there a recent sign-in on this device does.
    Raises WrongPassword, RecentSignInNeeded, Unavailable.
    """
    if current_password is not None:
        credentials, proof = _prove_password(caller.person_id, current_password)
        return credentials, proof.password_version
    with database().reading() as session:
        found = queries.credentials_of(session, person_id=caller.person_id)
        if found is None or found.password_hash is not None:
            raise WrongPassword()
        actions.require_recent_sign_in(session, session_id=caller.session_id, now=clock.now())
    return found, found.password_version


def relying_party() -> RelyingParty:
    """Return whom passkeys are for."""
    service = settings()
    return RelyingParty(id=service.passkey_rp_id, origins=service.passkey_origins)


def attestation_of(credential: dict[str, Any]) -> Attestation:
    """Return what an authenticator says of a new passkey."""
    response = credential["response"]
    return Attestation(
        id=credential["raw_id"],
        client_data=response["client_data"],
        attestation_object=response["attestation_object"],
        transports=tuple(response["transports"]),
    )


def assertion_of(credential: dict[str, Any]) -> Assertion:
    """Return what an authenticator says to sign in."""
    response = credential["response"]
    return Assertion(
        id=credential["raw_id"],
        client_data=response["client_data"],
        authenticator_data=response["authenticator_data"],
        signature=response["signature"],
        user_handle=response["user_handle"],
    )


def options_of(begun: actions.Ceremony) -> Document:
    """Return what the client gives its authenticator."""
    return Document({"public_key": begun.public_key, "expires_at": begun.expires_at})


def forget_after_answer(person_id: UUID) -> None:
    """Look the person's sessions up again from this request's commit on: one ended, or a role changed."""

    def forget(answer: Response) -> Response:
        forget_person(person_id)
        return answer

    after_this_request(forget)
