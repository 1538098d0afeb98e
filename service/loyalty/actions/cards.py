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
from .award import award_member, has_earned
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


def show_card(session: Session, *, sale_id: UUID, number: str, now: datetime) -> None:
    """Let what is sold at a counter, locked by the caller, earn stars for whose card it is: as it is handed over, or at
    once where it was already. Another card shown before that takes the first one's place.

    Nothing tells whose it is. Raises Invalid for a mistyped number, CardUnknown, StarsGiven.
    """
    read = read_number(number)
    if read is None:
        raise Invalid({"number": ["This number was mistyped: its check digits are wrong."]})
    if has_earned(session, order_id=sale_id):
        raise StarsGiven()
    card_id = session.scalar(sa.select(Card.id).where(Card.number == read, Card.ended_at.is_(None)))
    if card_id is None:
        raise CardUnknown()
    forget_shown(session, sale_id=sale_id)
    session.add(CardShown(sale_id=sale_id, card_id=card_id, shown_at=now))
    session.flush()  # looked for below
    earn_by_card(session, sale_id=sale_id, now=now)


def earn_by_card(session: Session, *, sale_id: UUID, now: datetime) -> int:
    """Give the stars of a sale that was handed over to the member whose card was shown for it; return how many. None
    where no card was shown, where its member left meanwhile, or where it earned already."""
    card_id = session.scalar(sa.select(CardShown.card_id).where(CardShown.sale_id == sale_id))
    basket = _find(session, sale_id) if card_id is not None and _find is not None else None
    if card_id is None or basket is None:
        return 0
    forget_shown(session, sale_id=sale_id)
    member = _lock_holder(session, card_id, now)
    if member.left_at is not None or has_earned(session, order_id=sale_id):
        return 0
    return award_member(session, member, order_id=sale_id, basket=basket, card_id=card_id, now=now)


def forget_shown(session: Session, *, sale_id: UUID) -> None:
    """Forget which card was shown for a sale."""
    shown = sa.delete(CardShown).where(CardShown.sale_id == sale_id)
    session.execute(shown.execution_options(synchronize_session=False))


def _lock_holder(session: Session, card_id: UUID, now: datetime) -> Member:
    """Return, locked, whose a card is: also where their account is just being brought into another one."""
    holder = sa.select(Card.member_id).where(Card.id == card_id)
    locked: Member | None = None
    while True:
        member_id = session.scalars(holder).one()
        if locked is not None and locked.id == member_id:
            return locked
        locked = lock_members(session, [member_id], now=now)[member_id]
