"""Cards, as their member sees them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import codes
from ...db import newest
from ..models import Card


def shown_cards(session: Session, *, member_id: UUID, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 of a member's cards, the newest first; also those that work no more, since entries name
    them."""
    mine = sa.select(Card).where(Card.member_id == member_id)
    return [_shown(card) for card in session.scalars(newest(mine, Card.id, before=before, limit=limit))]


def shown_card(session: Session, *, card_id: UUID) -> dict[str, Any]:
    """Return a card to whoever just got it."""
    return _shown(session.get_one(Card, card_id))


def _shown(card: Card) -> dict[str, Any]:
    return {
        "id": card.id,
        "number": codes.written(card.number),
        "label": card.label,
        "made_at": card.made_at,
        "ended_at": card.ended_at,
    }
