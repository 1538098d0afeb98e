"""HTTP of preferences."""

from __future__ import annotations

from typing import Any

from flask import current_app, g

from .. import clock
from ..accounts.seals import BrokenSeal, Seal
from ..errors import Invalid, NotFound
from ..http import Blueprint, Document, Page, PageQuery, guests_too, page_schema, public
from ..http.pages import cursor_number, decode_cursor
from ..menu.errors import InvalidChoice, NotAvailableNow, SoldOut
from . import actions, queries, schemas
from .errors import NothingToUndo, PassportNotValid
from .rules import KINDS
from .rules import passport as passports

catalogue = Blueprint("preference-kinds", __name__, url_prefix="/v1/preference-kinds", description="What can be said.")
carried = Blueprint("passport", __name__, url_prefix="/v1/me/passport", description="What you say, to take with you.")
mine = Blueprint("preferences", __name__, url_prefix="/v1/me/preferences", description="What you say of yourself.")

_KIND = f"<any({', '.join(KINDS)}):kind>"
_KINDS = {
    "data": [
        {
            "kind": kind.name,
            "version": kind.version,
            "label": kind.label,
            "explanation": kind.explanation,
            "changes": kind.changes,
            "schema": schemas.value_document(kind.name),
        }
        for kind in KINDS.values()
    ]
}


@catalogue.get("")
@public
@catalogue.response(200, schemas.PreferenceKindsSchema)
def list_preference_kinds() -> Document:
    """List what can be said, in words and as JSON Schema"""
    return Document(_KINDS)


@mine.get("")
@guests_too
@mine.response(200, schemas.PreferencesSchema)
def list_preferences() -> Document:
    """List all that you say"""
    return _all_said()


def _all_said() -> Document:
    return Document({"data": queries.shown_preferences(g.session, customer_id=g.caller.person_id)})


@mine.get(f"/{_KIND}")
@guests_too
@mine.response(200, schemas.PreferenceSchema, versioned=True)
def read_preference(kind: str) -> Document:
    """Read what you say of a kind"""
    return _preference(kind)


def _preference(kind: str) -> Document:
    shown = queries.shown_preference(g.session, customer_id=g.caller.person_id, kind=kind)
    return Document(shown, version=shown["version"])


@mine.put(f"/{_KIND}")
@guests_too
@mine.arguments(schemas.SayPreferenceSchema)
@mine.if_match
@mine.response(200, schemas.PreferenceSchema, versioned=True)
def say_preference(body: dict[str, Any], kind: str, *, expected_version: int) -> Document:
    """Say something of a kind; it holds from now on"""
    actions.say(
        g.session,
        customer_id=g.caller.person_id,
        kind=kind,
        value=schemas.read_value(kind, body["value"]),
        expected_version=expected_version,
        now=clock.now(),
    )
    return _preference(kind)


@mine.delete(f"/{_KIND}")
@guests_too
@mine.if_match
@mine.response(204)
def withdraw_preference(kind: str, *, expected_version: int) -> None:
    """Say nothing of a kind any more; it can be undone"""
    actions.withdraw(
        g.session, customer_id=g.caller.person_id, kind=kind, expected_version=expected_version, now=clock.now()
    )


@mine.get(f"/{_KIND}/versions")
@guests_too
@mine.arguments(PageQuery, location="query")
@mine.response(200, page_schema(schemas.PreferenceVersionSchema))
def list_preference_versions(query: dict[str, Any], kind: str) -> Page[Any]:
    """List every version of what you said of a kind, the newest first"""
    after = decode_cursor(query["cursor"], cursor_number)
    limit = query["limit"]
    rows = queries.shown_versions(
        g.session, customer_id=g.caller.person_id, kind=kind, before=after[0] if after else None, limit=limit
    )
    return Page.of(rows, limit, lambda row: (row["version"],))


@mine.delete(f"/{_KIND}/versions")
@guests_too
@mine.if_match
@mine.response(204)
def forget_preference(kind: str, *, expected_version: int) -> None:
    """Have all that you ever said of a kind forgotten, for good"""
    actions.forget(
        g.session, customer_id=g.caller.person_id, kind=kind, expected_version=expected_version, now=clock.now()
    )


@mine.post(f"/{_KIND}/undo")
@guests_too
@mine.arguments(schemas.UndoPreferenceSchema)
@mine.if_match
@mine.response(200, schemas.PreferenceSchema, versioned=True)
@mine.refuses(NothingToUndo)
def undo_preference(body: dict[str, Any], kind: str, *, expected_version: int) -> Document:
    """Let an earlier version hold again"""
    actions.undo(
        g.session,
        customer_id=g.caller.person_id,
        kind=kind,
        expected_version=expected_version,
        now=clock.now(),
        **body,
    )
    return _preference(kind)


@mine.post("/explain")
@guests_too
@mine.arguments(schemas.ExplainSchema)
@mine.response(200, schemas.ExplanationSchema)
@mine.refuses(NotFound, InvalidChoice, SoldOut, NotAvailableNow)
def explain_preferences(body: dict[str, Any]) -> Document:
    """Explain how a basket is filled: the rule behind each field, and those that lost"""
    at = body.pop("at") or clock.now()
    return Document({"data": queries.explanation(g.session, customer_id=g.caller.person_id, at=at, **body)})


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
    return _all_said()


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


blueprints = (catalogue, mine, carried)
