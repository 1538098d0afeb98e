"""Gift cards: to their buyers, and to whoever has a code."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import codes
from ...db import newest
from ...errors import Invalid, NotFound
from ..models import GiftCard

GIFT_CARD_SYMBOLS = 18
"""Of a code: 90 random bits. Nobody guesses one, so a fast hash of it will do."""


def hash_of_code(code: str) -> str:
    """Return what is kept of the code that was typed. Raises Invalid for a mistyped one."""
    typed = codes.read(code, GIFT_CARD_SYMBOLS)
    if typed is None:
        raise Invalid({"code": ["This code was mistyped: its check digits are wrong."]})
    return hashlib.sha256(typed.encode()).hexdigest()


def card_behind(session: Session, *, code: str) -> dict[str, Any]:
    """Return what is on the card with the code, and whether it was claimed. Raises Invalid, NotFound."""
    card = session.scalars(sa.select(GiftCard).where(GiftCard.code_hash == hash_of_code(code))).first()
    if card is None:
        raise NotFound("gift card")
    return {"amount": _amount(card), "is_claimed": card.claimed_by is not None}


def claimed_card(session: Session, *, card_id: UUID) -> dict[str, Any]:
    """Return a card to whoever claimed it."""
    card = session.get_one(GiftCard, card_id, populate_existing=True)
    return {"id": card.id, "amount": _amount(card), "claimed_at": card.claimed_at}


def bought_card(session: Session, *, card_id: UUID, buyer_id: UUID) -> dict[str, Any]:
    """Return a card to its buyer, who sees whether it was claimed, not by whom. Raises NotFound."""
    card = session.get(GiftCard, card_id)
    if card is None or card.buyer_id != buyer_id:
        raise NotFound("gift card")
    return _bought(card)


def bought_cards(session: Session, *, buyer_id: UUID, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Return the cards that the customer bought, newest first, up to one more than the limit."""
    theirs = sa.select(GiftCard).where(GiftCard.buyer_id == buyer_id)
    return [_bought(card) for card in session.scalars(newest(theirs, GiftCard.id, before=before, limit=limit))]


def _bought(card: GiftCard) -> dict[str, Any]:
    return {
        "id": card.id,
        "amount": _amount(card),
        "label": card.label,
        "bought_at": card.bought_at,
        "claimed_at": card.claimed_at,
    }


def _amount(card: GiftCard) -> dict[str, Any]:
    return {"amount_minor": card.amount_minor, "currency": card.currency}
