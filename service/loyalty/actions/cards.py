"""Cards that a member shows at a counter: made, ended, and what is bought with one shown earns its member stars."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import codes
from ...db import new_id
from ...errors import Invalid, NotFound
from ..errors import CardUnknown, StarsGiven, TooManyCards
from ..models import Card, CardShown, Member
from ..rules.cards import MOST_CARDS, NUMBER_SYMBOLS, read_number
from ..rules.earning import Basket
from .award import award_member, reverse
from .ledger import lock_member, lock_members

Find = Callable[[Session, UUID], Basket | None]
_find: Find | None = None


def find_sales_with(find: Find) -> None:
    """Tell what finds the basket of a sale at a counter, None before it is handed over; who knows walk-ins does
    (service/reactions)."""
    global _find  # noqa: PLW0603 - set once, when the application is put together
    _find = find


def make_card(session: Session, *, customer_id: UUID, label: str, now: datetime) -> UUID:
    """Give the customer one more card; return its id. Raises NotJoined, TooManyCards."""
    member = lock_member(session, customer_id=customer_id, now=now)
    working = sa.select(sa.func.count()).where(Card.member_id == member.id, Card.ended_at.is_(None))
    if (session.scalar(working) or 0) >= MOST_CARDS:
        raise TooManyCards(MOST_CARDS)
    card = Card(
        id=new_id(),
        member_id=member.id,
        number=codes.drawn(NUMBER_SYMBOLS),
        label=label,
        made_at=now,
        ended_at=None,
    )
    session.add(card)
    session.flush()  # the answer is read from the table
    return card.id


def end_card(session: Session, *, customer_id: UUID, card_id: UUID, now: datetime) -> None:
    """Let a card of the customer's work no more; doing it again changes nothing. What it was shown for before that
    still earns. Raises NotFound."""
    member = lock_member(session, customer_id=customer_id, now=now, owning="card")
    card = session.get(Card, card_id)
    if card is None or card.member_id != member.id:
        raise NotFound("card")
    if card.ended_at is None:
        card.ended_at = now


def end_cards_of(session: Session, member_id: UUID, *, now: datetime) -> None:
    """Let no card of a locked member work any more."""
    working = sa.update(Card).where(Card.member_id == member_id, Card.ended_at.is_(None)).values(ended_at=now)
    session.execute(working.execution_options(synchronize_session=False))


def show_card(session: Session, *, sale_id: UUID, number: str, by: UUID, now: datetime) -> None:
    """Let what is sold at a counter, locked by the caller, earn stars for whose card it is: as it is handed over, or at
    once where it was already. Another card shown before that takes the first one's place.

    Nothing tells whose it is. Raises Invalid for a mistyped number, CardUnknown, StarsGiven.
    """
    read = read_number(number)
    if read is None:
        raise Invalid({"number": ["This number was mistyped: its check digits are wrong."]})
    card_id = session.scalar(sa.select(Card.id).where(Card.number == read, Card.ended_at.is_(None)))
    if card_id is None:
        raise CardUnknown()
    shown = session.get(CardShown, sale_id)
    if shown is None:
        shown = CardShown(sale_id=sale_id, receipt_id=new_id(), earned_at=None, stars=None)
        session.add(shown)
    elif shown.earned_at is not None:
        if shown.card_id == card_id:
            return
        raise StarsGiven()
    shown.card_id, shown.shown_at, shown.shown_by = card_id, now, by
    session.flush()  # the sale may be over already
    earn_by_card(session, sale_id=sale_id, now=now)


def earn_by_card(session: Session, *, sale_id: UUID, now: datetime) -> int:
    """Give the stars of a sale that was handed over to the member whose card was shown for it; return how many: 0 where
    no card was shown, where its member left meanwhile, where it earned already, or before it is handed over."""
    shown = session.get(CardShown, sale_id)
    if shown is None or shown.card_id is None or shown.receipt_id is None or shown.earned_at is not None:
        return 0
    basket = _find(session, sale_id) if _find is not None else None
    if basket is None:
        return 0
    member = _lock_holder(session, shown.card_id, now)
    shown.earned_at, shown.stars = now, 0
    if member.left_at is None:
        shown.stars = award_member(
            session, member, order_id=shown.receipt_id, card_id=shown.card_id, basket=basket, now=now
        )
    return shown.stars


def take_back_by_card(session: Session, *, sale_id: UUID, now: datetime) -> None:
    """Take back what a sale earned that came to nothing after all, and forget the card that was shown for it."""
    shown = session.get(CardShown, sale_id)
    if shown is not None and shown.receipt_id is not None:
        reverse(session, order_id=shown.receipt_id, basket=None, now=now)
        forget_shown(session, sale_id=sale_id)


def forget_shown(session: Session, *, sale_id: UUID) -> None:
    """Forget which card was shown for a sale, and what the ledger calls it; that one was noted, and by whom, stays."""
    shown = sa.update(CardShown).where(CardShown.sale_id == sale_id).values(card_id=None, receipt_id=None)
    session.execute(shown)


def _lock_holder(session: Session, card_id: UUID, now: datetime) -> Member:
    """Return, locked, whose a card is: also where their account is just being brought into another one."""
    holder = sa.select(Card.member_id).where(Card.id == card_id)
    locked: Member | None = None
    while True:
        member_id = session.scalars(holder).one()
        if locked is not None and locked.id == member_id:
            return locked
        locked = lock_members(session, [member_id], now=now)[member_id]
