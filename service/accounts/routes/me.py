"""HTTP of the caller's own account: profile, password, e-mail address."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Blueprint, Document, customer_only, guests_too
from ...http.limits import limit_password_check
from .. import actions, queries, schemas
from ..errors import LastWayToSignIn, OneTimeTokenNotValid, RecentSignInNeeded, WrongPassword
from .context import MAIL_SENT, forget_after_answer, passwords, prove_owner

me = Blueprint("me", __name__, url_prefix="/v1/me", description="Your own account.")


@me.get("")
@guests_too
@me.response(200, schemas.ProfileSchema, versioned=True)
def read_profile() -> Document:
    """Read what you told about yourself"""
    return _profile(g.caller.person_id)


def _profile(person_id: UUID) -> Document:
    profile = queries.profile(g.session, person_id=person_id)
    return Document(profile, version=profile["version"])


@me.patch("")
@customer_only
@me.arguments(schemas.ChangeProfileSchema)
@me.if_match
@me.response(200, schemas.ProfileSchema, versioned=True)
def change_profile(body: dict[str, Any], *, expected_version: int) -> Document:
    """Change what you told about yourself"""
    person_id = g.caller.person_id
    actions.change_profile(g.session, person_id=person_id, expected_version=expected_version, changes=body)
    g.session.flush()  # the answer is read from the table
    return _profile(person_id)


@me.put("/password")
@customer_only
@me.arguments(schemas.ChangePasswordSchema)
@me.response(204)
@me.refuses(WrongPassword, RecentSignInNeeded)
@limit_password_check
def change_password(body: dict[str, Any]) -> None:
    """Change your password, or choose your first one; every other device is signed out"""
    caller = g.caller
    person, proved_version = prove_owner(caller, body["current_password"])
    password_hash = passwords().hash_new(body["password"], about=(person.email, person.name))
    forget_after_answer(caller.person_id)
    actions.change_password(
        g.session,
        person_id=caller.person_id,
        password_hash=password_hash,
        proved_version=proved_version,
        keep_session_id=caller.session_id,
        now=clock.now(),
    )


@me.delete("/password")
@customer_only
@me.response(204)
@me.refuses(RecentSignInNeeded, LastWayToSignIn)
def remove_password() -> None:
    """Remove your password, so that only passkeys sign you in; every other device is signed out"""
    caller = g.caller
    forget_after_answer(caller.person_id)
    actions.remove_password(g.session, person_id=caller.person_id, session_id=caller.session_id, now=clock.now())


@me.post("/email-change")
@customer_only
@me.arguments(schemas.RequestEmailChangeSchema)
@me.response(202, schemas.MailSentSchema)
@me.refuses(WrongPassword, RecentSignInNeeded)
@limit_password_check
def request_email_change(body: dict[str, Any]) -> Document:
    """Ask to move your account to another e-mail address"""
    person_id = g.caller.person_id
    prove_owner(g.caller, body["current_password"])
    actions.request_email_change(g.session, person_id=person_id, email=body["email"], now=clock.now())
    return MAIL_SENT


@me.post("/email-change/confirmation")
@customer_only
@me.arguments(schemas.OneTimeTokenSchema)
@me.response(200, schemas.ProfileSchema, versioned=True)
@me.refuses(OneTimeTokenNotValid)
def confirm_email_change(body: dict[str, Any]) -> Document:
    """Move your account with the token from the mail to the new address"""
    person_id = g.caller.person_id
    actions.confirm_email_change(g.session, person_id=person_id, now=clock.now(), **body)
    return _profile(person_id)
