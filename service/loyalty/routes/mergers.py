"""HTTP of bringing one account's stars into another's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Blueprint, Document, Page, PageQuery, customer_only, page_schema
from ...http.limits import limit_sign_in
from ...http.pages import decode_cursor
from .. import actions, queries, schemas
from ..errors import NothingToMerge, NotJoined
from .context import history_id, member_id

mergers = Blueprint(
    "mergers", __name__, url_prefix="/v1/me/loyalty/mergers", description="One account brought into another."
)


@mergers.get("")
@customer_only
@mergers.arguments(PageQuery, location="query")
@mergers.response(200, page_schema(schemas.MergerSchema))
@mergers.refuses(NotJoined)
def list_mergers(page: dict[str, Any]) -> Document:
    """List what was brought into this account, and into which it was, the newest first"""
    (before,) = decode_cursor(page["cursor"], UUID) or (None,)
    rows = queries.shown_mergers(g.session, member_id=history_id(), before=before, limit=page["limit"])
    shown = Page.of(rows, page["limit"], lambda row: [row["id"]])
    return Document({"data": shown.data, "next_cursor": shown.next_cursor})


@mergers.post("/consent")
@customer_only
@mergers.response(201, schemas.MergerConsentSchema)
@mergers.refuses(NotJoined)
def consent_to_merger() -> Document:
    """Get the token by which this account can be brought into another one, once; sign in there with it"""
    token, ends_at = actions.consent_to_merger(g.session, customer_id=g.caller.person_id, now=clock.now())
    return Document({"token": token, "ends_at": ends_at})


@mergers.delete("/consent")
@customer_only
@mergers.response(204)
@mergers.refuses(NotJoined)
def withdraw_merger_consent() -> None:
    """Let the token bring nothing over any more"""
    actions.withdraw_consent(g.session, customer_id=g.caller.person_id, now=clock.now())


@mergers.post("/preview")
@customer_only
@mergers.arguments(schemas.MergerTokenSchema)
@mergers.response(200, schemas.MergerPreviewSchema)
@mergers.refuses(NotJoined, NothingToMerge)
@limit_sign_in
def preview_merger(body: dict[str, Any]) -> Document:
    """Preview what would come over from the account that the token is of, and what becomes of your tier"""
    return Document(actions.preview_merger(g.session, customer_id=g.caller.person_id, now=clock.now(), **body))


@mergers.post("")
@customer_only
@mergers.arguments(schemas.MergerTokenSchema)
@mergers.idempotent
@mergers.response(201, schemas.MergerSchema)
@mergers.refuses(NotJoined, NothingToMerge)
@limit_sign_in
def merge_accounts(body: dict[str, Any]) -> Document:
    """Bring the account that the token is of into this one: its stars with their terms; that membership ends"""
    merger_id = actions.merge(g.session, customer_id=g.caller.person_id, now=clock.now(), **body)
    return Document(queries.shown_merger(g.session, member_id=member_id(), merger_id=merger_id))
