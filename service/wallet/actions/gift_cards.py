"""Gift cards: paid from a wallet, belonging to whoever has the code, claimed once and whole."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import codes, events
from ...db import new_id
from ...errors import NotFound
from ...money import Money
from ..errors import GiftCardTaken
from ..models import GiftCard
from ..queries.gift_cards import GIFT_CARD_SYMBOLS, hash_of_code
from ..rules.ledger import Account, between, wallet_of
from .facts import GiftCardBought, GiftCardClaimed
from .posting import post


def buy_gift_card(
    session: Session, *, buyer_id: UUID, amount: Money, label: str | None, now: datetime
) -> tuple[UUID, str]:
    """Turn money of the customer's wallet into a gift card; return its id, and its code, which is kept nowhere.

    Raises InsufficientBalance.
    """
    code = codes.drawn(GIFT_CARD_SYMBOLS)
    card = GiftCard(
        id=new_id(),
        code_hash=hashlib.sha256(code.encode()).hexdigest(),
        buyer_id=buyer_id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        label=label,
        bought_at=now,
    )
    session.add(card)
    on_card = Account("gift_card", card.id, amount.currency)
    legs = between(wallet_of(buyer_id, amount.currency), on_card, amount.amount_minor)
    post(session, kind="gift_card_bought", purpose="gift_card", purpose_id=card.id, legs=legs, now=now)
    bought = GiftCardBought(
        subject_id=card.id,
        buyer_id=buyer_id,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        happened_at=now,
    )
    events.record(session, bought)
    session.flush()  # the answer is read from the table
    return card.id, codes.written(code)


_TAKE = (
    sa.update(GiftCard)
    .where(GiftCard.code_hash == sa.bindparam("hash"), GiftCard.claimed_by.is_(None))
    .returning(GiftCard.id, GiftCard.amount_minor, GiftCard.currency)
    .execution_options(synchronize_session=False)
)


def claim_gift_card(session: Session, *, customer_id: UUID, code: str, now: datetime) -> UUID:
    """Put what is on the card into the customer's wallet; return the card's id.

    Whoever claimed it may do so again, which changes nothing. Raises Invalid for a mistyped code, NotFound,
    GiftCardTaken.
    """
    code_hash = hash_of_code(code)
    # One conditional update, so that of many with the same code one wins.
    card = session.execute(_TAKE.values(claimed_by=customer_id, claimed_at=now), {"hash": code_hash}).first()
    if card is None:
        return _claimed_before(session, code_hash, customer_id)
    on_card = Account("gift_card", card.id, card.currency)
    legs = between(on_card, wallet_of(customer_id, card.currency), card.amount_minor)
    post(session, kind="gift_card_claimed", purpose="gift_card", purpose_id=card.id, legs=legs, now=now)
    events.record(session, GiftCardClaimed(subject_id=card.id, claimed_by=customer_id, happened_at=now))
    claimed: UUID = card.id
    return claimed


def _claimed_before(session: Session, code_hash: str, customer_id: UUID) -> UUID:
    table: Any = GiftCard.__table__
    card = session.execute(sa.select(table.c.id, table.c.claimed_by).where(table.c.code_hash == code_hash)).first()
    if card is None:
        raise NotFound("gift card")
    if card.claimed_by != customer_id:
        raise GiftCardTaken()
    before: UUID = card.id
    return before
