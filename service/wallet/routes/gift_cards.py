"""HTTP of gift cards."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...errors import NotFound
from ...http import Blueprint, Document, Page, PageQuery, customer_only, page_schema
from ...http.limits import limit_codes
from ...http.pages import decode_cursor
from .. import actions, queries, schemas
from ..errors import GiftCardTaken, InsufficientBalance

gift_cards = Blueprint("gift-cards", __name__, url_prefix="/v1/gift-cards", description="Gift cards that you buy.")
mine = Blueprint("my-gift-cards", __name__, url_prefix="/v1/me/gift-cards", description="Gift cards that you claim.")


@gift_cards.post("")
@customer_only
@gift_cards.arguments(schemas.BuyGiftCardSchema)
@gift_cards.idempotent
@gift_cards.response(201, schemas.NewGiftCardSchema)
@gift_cards.refuses(InsufficientBalance)
def buy_gift_card(card: dict[str, Any]) -> Document:
    """Buy a gift card from your wallet; its code is shown once, and whoever has it has the money"""
    card_id, code = actions.buy_gift_card(g.session, buyer_id=g.caller.person_id, now=clock.now(), **card)
    shown = queries.bought_card(g.session, card_id=card_id, buyer_id=g.caller.person_id)
    return Document({**shown, "code": code})


@gift_cards.get("")
@customer_only
@gift_cards.arguments(PageQuery, location="query")
@gift_cards.response(200, page_schema(schemas.BoughtGiftCardSchema))
def list_bought_gift_cards(query: dict[str, Any]) -> Document:
    """List the gift cards that you bought, and whether they were claimed, newest first"""
    (before,) = decode_cursor(query["cursor"], UUID) or (None,)
    found = queries.bought_cards(g.session, buyer_id=g.caller.person_id, before=before, limit=query["limit"])
    page = Page.of(found, query["limit"], lambda card: [card["id"]])
    return Document({"data": page.data, "next_cursor": page.next_cursor})


@gift_cards.get("/<uuid:card_id>")
@customer_only
@gift_cards.response(200, schemas.BoughtGiftCardSchema)
def show_bought_gift_card(card_id: UUID) -> Document:
    """Show a gift card that you bought"""
    return Document(queries.bought_card(g.session, card_id=card_id, buyer_id=g.caller.person_id))


@gift_cards.post("/look-up")
@customer_only
@gift_cards.arguments(schemas.GiftCardCodeSchema)
@gift_cards.response(200, schemas.FoundGiftCardSchema)
@gift_cards.refuses(NotFound)
@limit_codes
def look_up_gift_card(card: dict[str, Any]) -> Document:
    """See what is on the gift card whose code you have"""
    return Document(queries.card_behind(g.session, **card))


@mine.post("")
@customer_only
@mine.arguments(schemas.GiftCardCodeSchema)
@mine.idempotent
@mine.response(201, schemas.ClaimedGiftCardSchema)
@mine.refuses(NotFound, GiftCardTaken)
@limit_codes
def claim_gift_card(card: dict[str, Any]) -> Document:
    """Put what is on a gift card into your wallet, by its code"""
    card_id = actions.claim_gift_card(g.session, customer_id=g.caller.person_id, now=clock.now(), **card)
    return Document(queries.claimed_card(g.session, card_id=card_id))
