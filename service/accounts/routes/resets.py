"""HTTP of a forgotten password."""

from __future__ import annotations

from typing import Any

from flask import g

from ... import clock
from ...http import Blueprint, Document, public
from ...http.limits import limit_sign_in
from .. import actions, queries, schemas
from ..errors import OneTimeTokenNotValid
from .context import MAIL_SENT, database, forget_after_answer, passwords

password_resets = Blueprint(
    "password_resets", __name__, url_prefix="/v1/password-resets", description="A forgotten password."
)


@password_resets.post("")
@public
@password_resets.arguments(schemas.RequestPasswordResetSchema)
@password_resets.response(202, schemas.MailSentSchema)
@limit_sign_in
def request_password_reset(body: dict[str, Any]) -> Document:
    """Ask for a mail that lets you choose a new password"""
    actions.request_password_reset(g.session, now=clock.now(), **body)
    return MAIL_SENT


@password_resets.post("/confirmation")
@public
@password_resets.arguments(schemas.ResetPasswordSchema)
@password_resets.response(204)
@password_resets.refuses(OneTimeTokenNotValid)
def reset_password(body: dict[str, Any]) -> None:
    """Choose a new password with the token from the mail; every device is signed out"""
    now = clock.now()
    with database().reading() as session:
        person = queries.credentials_of_reset(session, token=body["token"], now=now)
    password_hash = passwords().hash_new(body["password"], about=(person.email, person.name))
    forget_after_answer(person.person_id)
    actions.reset_password(g.session, token=body["token"], password_hash=password_hash, now=now)
