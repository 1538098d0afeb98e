"""HTTP of redeeming stars."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...errors import NotFound
from ...http import Blueprint, Document, Page, PageQuery, customer_only, page_schema
from ...http.pages import decode_cursor
from .. import actions, queries, schemas
from ..errors import NotEnoughStars, NotJoined, RedemptionOver, RewardsGone
from .context import history_id, owner_id

redemptions = Blueprint(
    "redemptions", __name__, url_prefix="/v1/me/loyalty/redemptions", description="Rewards that you redeemed."
)


@redemptions.get("")
@customer_only
@redemptions.arguments(PageQuery, location="query")
@redemptions.response(200, page_schema(schemas.RedemptionSchema))
@redemptions.refuses(NotJoined)
def list_redemptions(page: dict[str, Any]) -> Document:
    """List your redemptions, the newest first"""
    (before,) = decode_cursor(page["cursor"], UUID) or (None,)
    rows = queries.shown_redemptions(g.session, member_id=history_id(), before=before, limit=page["limit"])
    shown = Page.of(rows, page["limit"], lambda row: [row["id"]])
    return Document({"data": shown.data, "next_cursor": shown.next_cursor})


@redemptions.post("")
@customer_only
@redemptions.arguments(schemas.RedeemSchema)
@redemptions.idempotent
@redemptions.response(201, schemas.RedemptionSchema, versioned=True)
@redemptions.refuses(NotJoined, NotFound, NotEnoughStars, RewardsGone)
def redeem_stars(body: dict[str, Any]) -> Document:
    """Redeem stars for a reward, to be used in an order"""
    return _redemption(actions.redeem(g.session, customer_id=g.caller.person_id, now=clock.now(), **body))


def _redemption(redemption_id: UUID) -> Document:
    g.session.flush()  # the answer is read from the table
    shown = queries.shown_redemption(g.session, member_id=owner_id("redemption"), redemption_id=redemption_id)
    return Document(shown, version=shown["version"])


@redemptions.post("/preview")
@customer_only
@redemptions.arguments(schemas.RedeemSchema)
@redemptions.response(200, schemas.RedemptionPreviewSchema)
@redemptions.refuses(NotJoined, NotFound, NotEnoughStars, RewardsGone)
def preview_redemption(body: dict[str, Any]) -> Document:
    """Preview a redemption: which lots pay, what they would have left, and what becomes of the tier"""
    return Document(actions.preview_redemption(g.session, customer_id=g.caller.person_id, now=clock.now(), **body))


@redemptions.get("/<uuid:redemption_id>")
@customer_only
@redemptions.response(200, schemas.RedemptionSchema, versioned=True)
def show_redemption(redemption_id: UUID) -> Document:
    """Show a redemption"""
    return _redemption(redemption_id)


@redemptions.post("/<uuid:redemption_id>/cancellation")
@customer_only
@redemptions.idempotent
@redemptions.response(200, schemas.RedemptionSchema, versioned=True)
@redemptions.refuses(RedemptionOver)
def cancel_redemption(redemption_id: UUID) -> Document:
    """Cancel a redemption that no order used: its stars go back to their lots"""
    actions.cancel_redemption(g.session, customer_id=g.caller.person_id, redemption_id=redemption_id, now=clock.now())
    return _redemption(redemption_id)
