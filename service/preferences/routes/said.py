"""HTTP of what can be said, and of what one says."""

from __future__ import annotations

from typing import Any

from flask import g

from ... import clock
from ...errors import NotFound
from ...http import Blueprint, Document, Page, PageQuery, guests_too, page_schema, public
from ...http.pages import cursor_number, decode_cursor
from ...menu.errors import InvalidChoice, NotAvailableNow, SoldOut
from .. import actions, queries, schemas
from ..errors import NothingToUndo
from ..rules import KINDS

catalogue = Blueprint("preference-kinds", __name__, url_prefix="/v1/preference-kinds", description="What can be said.")
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
    return all_said()


def all_said() -> Document:
    """Return all that the caller says, as it is answered."""
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
    """Explain how a basket is filled: who filled each field, and what of yours didn't"""
    found = queries.explanation(g.session, customer_id=g.caller.person_id, basket=body, now=clock.now())
    return Document({"data": found})
