"""HTTP of giving stars."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Blueprint, Document, Page, PageQuery, customer_only, page_schema
from ...http.limits import limit_sign_in
from ...http.pages import decode_cursor
from .. import actions, queries, schemas
from ..errors import GiftOver, NotEnoughStars, NotJoined
from .context import history_id, member_id

gifts = Blueprint("gifts", __name__, url_prefix="/v1/me/loyalty/gifts", description="Stars that you give or receive.")


@gifts.get("")
@customer_only
@gifts.arguments(PageQuery, location="query")
@gifts.response(200, page_schema(schemas.GiftSchema))
@gifts.refuses(NotJoined)
def list_gifts(page: dict[str, Any]) -> Page[Any]:
    """List the gifts of stars that you gave or received, the newest first"""
    (before,) = decode_cursor(page["cursor"], UUID) or (None,)
    rows = queries.shown_gifts(g.session, member_id=history_id(), before=before, limit=page["limit"])
    return Page.of(rows, page["limit"], lambda row: [row["id"]])


@gifts.post("")
@customer_only
@gifts.arguments(schemas.OfferGiftSchema)
@gifts.idempotent
@gifts.response(201, schemas.OfferedGiftDetailsSchema)
@gifts.refuses(NotJoined, NotEnoughStars)
def give_stars(body: dict[str, Any]) -> Document:
    """Give stars to whoever you pass the token to; they come back if nobody takes them"""
    made = actions.offer_gift(g.session, customer_id=g.caller.person_id, now=clock.now(), **body)
    shown = queries.shown_gift(g.session, member_id=member_id(), gift_id=made["id"])
    return Document({**shown, "token": made["token"]})


@gifts.delete("/<uuid:gift_id>")
@customer_only
@gifts.idempotent
@gifts.response(204)
@gifts.refuses(GiftOver)
def take_back_gift(gift_id: UUID) -> None:
    """Take back a gift that nobody took yet"""
    actions.take_back_gift(g.session, customer_id=g.caller.person_id, gift_id=gift_id, now=clock.now())


@gifts.post("/acceptance")
@customer_only
@gifts.arguments(schemas.GiftTokenSchema)
@gifts.idempotent
@gifts.response(200, schemas.GiftSchema)
@gifts.refuses(NotJoined, GiftOver)
@limit_sign_in
def accept_gift(body: dict[str, Any]) -> Document:
    """Take a gift of stars, by its token"""
    gift_id = actions.accept_gift(g.session, customer_id=g.caller.person_id, now=clock.now(), **body)
    g.session.flush()  # the answer is read from the table
    return Document(queries.shown_gift(g.session, member_id=member_id(), gift_id=gift_id))


@gifts.post("/refusal")
@customer_only
@gifts.arguments(schemas.GiftTokenSchema)
@gifts.idempotent
@gifts.response(204)
@gifts.refuses(GiftOver)
@limit_sign_in
def refuse_gift(body: dict[str, Any]) -> None:
    """Turn down a gift of stars, by its token: they go back"""
    actions.refuse_gift(g.session, now=clock.now(), **body)
