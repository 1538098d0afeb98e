"""HTTP of one's own cards."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Blueprint, Document, Page, PageQuery, customer_only, page_schema
from ...http.pages import decode_cursor
from .. import actions, queries, schemas
from ..errors import NotJoined, TooManyCards
from .context import history_id

cards = Blueprint("cards", __name__, url_prefix="/v1/me/loyalty/cards", description="Cards that you show at a counter.")


@cards.get("")
@customer_only
@cards.arguments(PageQuery, location="query")
@cards.response(200, page_schema(schemas.LoyaltyCardSchema))
@cards.refuses(NotJoined)
def list_cards(page: dict[str, Any]) -> Page[Any]:
    """List your cards, the newest first, also those that work no more"""
    (before,) = decode_cursor(page["cursor"], UUID) or (None,)
    rows = queries.shown_cards(g.session, member_id=history_id(), before=before, limit=page["limit"])
    return Page.of(rows, page["limit"], lambda row: [row["id"]])


@cards.post("")
@customer_only
@cards.arguments(schemas.MakeLoyaltyCardSchema)
@cards.idempotent
@cards.response(201, schemas.LoyaltyCardSchema)
@cards.refuses(NotJoined, TooManyCards)
def make_card(body: dict[str, Any]) -> Document:
    """Get one more card, for whoever should earn stars for you at a counter"""
    card_id = actions.make_card(g.session, customer_id=g.caller.person_id, now=clock.now(), **body)
    return Document(queries.shown_card(g.session, card_id=card_id))


@cards.delete("/<uuid:loyalty_card_id>")
@customer_only
@cards.response(204)
def end_card(loyalty_card_id: UUID) -> None:
    """End a card: its number never works again"""
    actions.end_card(g.session, customer_id=g.caller.person_id, card_id=loyalty_card_id, now=clock.now())
