"""HTTP of signing up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Blueprint, Document, public
from ...http.audiences import current_caller
from ...http.limits import limit_passkeys, limit_sign_in
from .. import actions, schemas
from ..errors import OneTimeTokenNotValid, PasskeyNotValid
from .context import (
    MAIL_SENT,
    attestation_of,
    forget_after_answer,
    options_of,
    passwords,
    relying_party,
    settings,
    signed_in,
)

customers = Blueprint("customers", __name__, url_prefix="/v1/customers", description="Create an account.")


@customers.post("")
@public
@customers.arguments(schemas.SignUpSchema)
@customers.response(202, schemas.MailSentSchema)
@limit_sign_in
def sign_up(body: dict[str, Any]) -> Document:
    """Ask for an account; a guest's own session makes it theirs"""
    password = body.pop("password")
    password_hash = passwords().hash_new(password, about=(body["email"], body["name"])) if password else None
    actions.request_sign_up(g.session, password_hash=password_hash, guest_id=_guest_id(), now=clock.now(), **body)
    return MAIL_SENT


def _guest_id() -> UUID | None:
    caller = current_caller()
    return caller.person_id if caller is not None and caller.is_guest else None


@customers.post("/passkey-challenges")
@public
@customers.arguments(schemas.OneTimeTokenSchema)
@customers.response(201, schemas.NewPasskeyOptionsSchema)
@customers.refuses(OneTimeTokenNotValid)
@limit_passkeys
def prepare_passkey_sign_up(body: dict[str, Any]) -> Document:
    """Begin to finish an account with a passkey; the token from the mail isn't used up"""
    begun = actions.prepare_passkey_sign_up(g.session, party=relying_party(), now=clock.now(), **body)
    return options_of(begun)


@customers.post("/verification")
@public
@customers.arguments(schemas.VerifySignUpSchema)
@customers.response(201, schemas.SessionSchema)
@customers.refuses(OneTimeTokenNotValid, PasskeyNotValid)
def verify_sign_up(body: dict[str, Any]) -> Document:
    """Finish an account with the token from the mail, and a passkey where no password was chosen"""
    passkey = _first_passkey(body.pop("passkey"))
    opened = actions.verify_sign_up(
        g.session, passkey=passkey, session_days=settings().session_days, now=clock.now(), **body
    )
    forget_after_answer(opened.person_id)
    return signed_in(opened, is_guest=False)


def _first_passkey(passkey: dict[str, Any] | None) -> actions.FirstPasskey | None:
    if passkey is None:
        return None
    answer = attestation_of(passkey["credential"])
    return actions.FirstPasskey(answer=answer, party=relying_party(), name=passkey["name"])
