"""HTTP of the caller's passkeys."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...errors import NotFound
from ...http import Blueprint, Document, Page, PageQuery, customer_only, page_schema
from ...http.pages import decode_cursor
from .. import actions, queries, schemas
from ..errors import LastWayToSignIn, PasskeyNotValid, RecentSignInNeeded, TooManyPasskeys
from ..models import Passkey
from .context import attestation_of, options_of, relying_party

passkeys = Blueprint("passkeys", __name__, url_prefix="/v1/me/passkeys", description="Sign in without a password.")


@passkeys.get("")
@customer_only
@passkeys.arguments(PageQuery, location="query")
@passkeys.response(200, page_schema(schemas.PasskeySchema))
def list_passkeys(query: dict[str, Any]) -> Document:
    """List your passkeys, newest first"""
    (before,) = decode_cursor(query["cursor"], UUID) or (None,)
    found = queries.passkeys_of(g.session, person_id=g.caller.person_id, before=before, limit=query["limit"])
    page = Page.of(found, query["limit"], lambda passkey: [passkey.id])
    return Document({"data": [_shown(passkey) for passkey in page.data], "next_cursor": page.next_cursor})


def _shown(passkey: Passkey) -> Document:
    shown = ("id", "name", "is_synced", "created_at", "last_used_at", "suspected_at")
    return Document({member: getattr(passkey, member) for member in shown})


@passkeys.post("/challenges")
@customer_only
@passkeys.response(201, schemas.NewPasskeyOptionsSchema)
@passkeys.refuses(RecentSignInNeeded, TooManyPasskeys)
def prepare_passkey() -> Document:
    """Begin to add a passkey, soon after signing in"""
    caller = g.caller
    begun = actions.prepare_passkey(
        g.session,
        person_id=caller.person_id,
        session_id=caller.session_id,
        party=relying_party(),
        now=clock.now(),
    )
    return options_of(begun)


@passkeys.post("")
@customer_only
@passkeys.arguments(schemas.AddPasskeySchema)
@passkeys.response(201, schemas.PasskeySchema)
@passkeys.refuses(PasskeyNotValid, TooManyPasskeys)
def add_passkey(body: dict[str, Any]) -> Document:
    """Add the passkey that your authenticator made"""
    added = actions.add_passkey(
        g.session,
        person_id=g.caller.person_id,
        name=body["name"],
        answer=attestation_of(body["credential"]),
        party=relying_party(),
        now=clock.now(),
    )
    return _shown(added)


@passkeys.patch("/<uuid:passkey_id>")
@customer_only
@passkeys.arguments(schemas.RenamePasskeySchema)
@passkeys.response(200, schemas.PasskeySchema)
@passkeys.refuses(NotFound)
def rename_passkey(body: dict[str, Any], passkey_id: UUID) -> Document:
    """Rename one of your passkeys"""
    return _shown(
        actions.rename_passkey(g.session, person_id=g.caller.person_id, passkey_id=passkey_id, name=body["name"])
    )


@passkeys.delete("/<uuid:passkey_id>")
@customer_only
@passkeys.response(204)
@passkeys.refuses(NotFound, RecentSignInNeeded, LastWayToSignIn)
def remove_passkey(passkey_id: UUID) -> None:
    """Remove one of your passkeys, soon after signing in"""
    caller = g.caller
    actions.remove_passkey(
        g.session, person_id=caller.person_id, session_id=caller.session_id, passkey_id=passkey_id, now=clock.now()
    )
