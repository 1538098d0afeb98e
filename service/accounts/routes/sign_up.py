"""HTTP of signing up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Blueprint, Document, public
from ...http.audiences import current_caller
from ...http.limits import limit_sign_in
from .. import actions, schemas
from ..errors import OneTimeTokenNotValid
from .context import MAIL_SENT, forget_after_answer, passwords, settings, signed_in

customers = Blueprint("customers", __name__, url_prefix="/v1/customers", description="Create an account.")


@customers.post("")
@public
@customers.arguments(schemas.SignUpSchema)
@customers.response(202, schemas.MailSentSchema)
@limit_sign_in
def sign_up(body: dict[str, Any]) -> Document:
    """Ask for an account; a guest's own session makes it theirs"""
    password = body.pop("password")
    password_hash = passwords().hash_new(password, about=(body["email"], body["name"]))
    actions.request_sign_up(g.session, password_hash=password_hash, guest_id=_guest_id(), now=clock.now(), **body)
    return MAIL_SENT


def _guest_id() -> UUID | None:
    caller = current_caller()
    return caller.person_id if caller is not None and caller.is_guest else None


@customers.post("/verification")
@public
@customers.arguments(schemas.VerifySignUpSchema)
@customers.response(201, schemas.SessionSchema)
@customers.refuses(OneTimeTokenNotValid)
def verify_sign_up(body: dict[str, Any]) -> Document:
    """Finish an account with the token from the mail"""
    opened = actions.verify_sign_up(g.session, session_days=settings().session_days, now=clock.now(), **body)
    forget_after_answer(opened.person_id)
    return signed_in(opened, is_guest=False)
