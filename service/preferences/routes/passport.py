"""HTTP of the passport: what one says as a signed file."""

from __future__ import annotations

from typing import Any

from flask import current_app, g

from ... import clock
from ...accounts.seals import BrokenSeal, Seal
from ...errors import Invalid
from ...http import Blueprint, Document, guests_too
from .. import actions, queries, schemas
from ..errors import PassportNotValid
from ..rules import KINDS
from ..rules import passport as passports
from .said import all_said

carried = Blueprint("passport", __name__, url_prefix="/v1/me/passport", description="What you say, to take with you.")


@carried.get("")
@guests_too
@carried.response(200, schemas.PassportSchema)
def read_passport() -> Document:
    """Get all that you say as one signed file"""
    now = clock.now()
    said = queries.shown_preferences(g.session, customer_id=g.caller.person_id)
    content = passports.content_of(said, issuer=_issuer(), now=now)
    return Document(
        {
            "passport": _seal().sealed(content, kind=passports.TYPE),
            "issued_at": now,
            "expires_at": now + passports.LIFETIME,
        }
    )


@carried.post("/preview")
@guests_too
@carried.arguments(schemas.PreviewPassportSchema)
@carried.response(200, schemas.PassportPreviewSchema, versioned=True)
@carried.refuses(PassportNotValid)
def preview_passport(body: dict[str, Any]) -> Document:
    """Compare a passport with what you say now; nothing is changed"""
    lines, revision = actions.passport_lines(
        g.session, customer_id=g.caller.person_id, offered=_offered(body["passport"])
    )
    return Document({"data": [line.document() for line in lines]}, version=revision)


@carried.post("/accept")
@guests_too
@carried.arguments(schemas.AcceptPassportSchema)
@carried.if_match
@carried.response(200, schemas.PreferencesSchema)
@carried.refuses(PassportNotValid)
def accept_passport(body: dict[str, Any], *, expected_version: int) -> Document:
    """Say these lines of a passport, and nothing else of it; If-Match names the preview"""
    actions.accept_passport(
        g.session,
        customer_id=g.caller.person_id,
        offered=_offered(body["passport"]),
        accepted=body["lines"],
        expected_revision=expected_version,
        now=clock.now(),
    )
    return all_said()


def _offered(text: str) -> list[passports.Offered]:
    """Return what a passport says, each value read in its kind's form. Raises PassportNotValid."""
    try:
        content = _seal().opened(text, kind=passports.TYPE)
    except BrokenSeal as error:
        raise PassportNotValid(error.reason) from error
    return [
        passports.Offered(entry["kind"], *_value(entry))
        for entry in passports.entries_of(content, issuer=_issuer(), now=clock.now())
    ]


def _value(entry: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
    """Return the value, or why there is none that can be read here."""
    if entry["kind"] not in KINDS:
        return None, "unknown_kind"
    try:
        return schemas.read_value(entry["kind"], entry["value"]), None
    except Invalid:
        return None, "unknown_form"


def _issuer() -> str:
    issuer: str = current_app.extensions["sayso.settings"].public_url
    return issuer


def _seal() -> Seal:
    seal: Seal = current_app.extensions["sayso.seal"]
    return seal
