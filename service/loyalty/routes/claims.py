"""HTTP of missing stars: claiming them, and answering."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Blueprint, Document, Page, PageQuery, customer_only, operator_only, page_schema
from ...http.pages import cursor_instant, decode_cursor
from .. import actions, queries, schemas
from ..errors import AlreadyClaimed, ClaimAnswered, ClaimOfOpenOrder, NotJoined, OwnClaim, TooManyClaims
from .context import history_id, member_id

my_claims = Blueprint("my-claims", __name__, url_prefix="/v1/me/loyalty/claims", description="Stars that are missing.")
claims = Blueprint("claims", __name__, url_prefix="/v1/loyalty/claims", description="Claims that wait for an answer.")

_CLAIMS = page_schema(schemas.ClaimSchema)


@my_claims.get("")
@customer_only
@my_claims.arguments(PageQuery, location="query")
@my_claims.response(200, _CLAIMS)
@my_claims.refuses(NotJoined)
def list_my_claims(page: dict[str, Any]) -> Page[Any]:
    """List your claims, the newest first"""
    (before,) = decode_cursor(page["cursor"], UUID) or (None,)
    rows = queries.shown_claims(g.session, member_id=history_id(), before=before, limit=page["limit"])
    return Page.of(rows, page["limit"], lambda row: [row["id"]])


@my_claims.post("")
@customer_only
@my_claims.arguments(schemas.ClaimStarsSchema)
@my_claims.idempotent
@my_claims.response(201, schemas.ClaimSchema)
@my_claims.refuses(NotJoined, AlreadyClaimed, TooManyClaims)
def claim_stars(body: dict[str, Any]) -> Document:
    """Claim the stars of a receipt; given at once where it proves them"""
    claim_id = actions.claim_stars(g.session, customer_id=g.caller.person_id, now=clock.now(), **body)
    return Document(queries.shown_claim(g.session, member_id=member_id(), claim_id=claim_id))


@claims.get("")
@operator_only
@claims.arguments(PageQuery, location="query")
@claims.response(200, _CLAIMS)
def list_open_claims(page: dict[str, Any]) -> Page[Any]:
    """List the claims that wait for an answer, those due first"""
    after = decode_cursor(page["cursor"], cursor_instant, UUID)
    rows = queries.open_claims(g.session, after=(after[0], after[1]) if after else None, limit=page["limit"])
    return Page.of(rows, page["limit"], lambda row: [row["due_at"], row["id"]])


@claims.post("/<uuid:claim_id>/answer")
@operator_only
@claims.arguments(schemas.AnswerClaimSchema)
@claims.idempotent
@claims.response(200, schemas.ClaimSchema)
@claims.refuses(ClaimAnswered, AlreadyClaimed, ClaimOfOpenOrder, OwnClaim)
def answer_claim(body: dict[str, Any], claim_id: UUID) -> Document:
    """Answer a claim, with stars or without"""
    actions.answer_claim(g.session, claim_id=claim_id, answered_by=g.caller.person_id, now=clock.now(), **body)
    return Document(queries.claim_to_answer(g.session, claim_id=claim_id))
