"""Giving stars to somebody: offered with a token, taken or refused by whoever has it, else they come back."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import new_id
from ...errors import NotFound
from .. import queries
from ..errors import GiftOver, NotEnoughStars
from ..models import Gift, Member, StarLot
from ..rules.calendar import end_after_days
from ..rules.lots import Taken, earliest_expiry_first, take
from .coming_back import lock_taken, put_back, taken_for
from .ledger import append, lock_member, lock_members, lots_left, open_lot, out_of


def offer_gift(
    session: Session, *, customer_id: UUID, stars: int, message: str | None, now: datetime
) -> dict[str, Any]:
    """Take so many stars out of the lots that expire first, for whoever the customer gives the token to; return the
    gift's `id` and its `token`, which is kept nowhere.

    They come back when nobody takes them by the end of the gift's days, or of the first of them. Raises NotJoined,
    NotEnoughStars.
    """
    member = lock_member(session, customer_id=customer_id, now=now)
    usable = [lot for lot in lots_left(session, [member.id]) if lot.state(now) == "available"]
    taken = take(earliest_expiry_first(usable), stars)
    if taken is None:
        raise NotEnoughStars(sum(lot.remaining for lot in usable))
    return offer_lots(session, member, taken, message=message, now=now)


def offer_lots(
    session: Session, member: Member, taken: Sequence[Taken], *, message: str | None, now: datetime
) -> dict[str, Any]:
    """Do the same with these stars of a locked member."""
    programme = queries.programme_at(session, at=now)
    ends = [end_after_days(now, programme.gift_days, programme.timezone)]
    ids = [each.lot_id for each in taken]
    ends += [at for at in session.scalars(sa.select(StarLot.expires_at).where(StarLot.id.in_(ids))) if at is not None]
    gift_id, token = new_id(), secrets.token_urlsafe(24)
    append(session, member, "given", out_of(taken), now=now, reference_id=gift_id)
    session.add(
        Gift(
            id=gift_id,
            giver_id=member.id,
            receiver_id=None,
            token_hash=hash_of(token),
            message=message,
            stars=sum(each.stars for each in taken),
            state="offered",
            offered_at=now,
            ends_at=min(ends),
            ended_at=None,
        )
    )
    session.flush()  # the answer is read from the table
    return {"id": gift_id, "token": token}


def hash_of(token: str) -> str:
    """Return what is kept of a token; it has 192 random bits, so a fast hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()


def _of_none(gift: Gift) -> str:
    """Return what stands in place of the hash once the gift has ended: no token has it."""
    return str(gift.id)


def accept_gift(session: Session, *, customer_id: UUID, token: str, now: datetime) -> UUID:
    """Take the gift that the token proves: its stars become lots of the customer's, with the terms and the life that
    they had. Returns the gift's id. Raises NotJoined, GiftOver, also for one's own."""
    receiver = lock_member(session, customer_id=customer_id, now=now)
    gift = _offered(session, Gift.token_hash == hash_of(token), now)
    if gift is None or gift.giver_id == receiver.id:
        raise GiftOver()
    gift.state, gift.receiver_id, gift.ended_at = "accepted", receiver.id, now
    gift.token_hash = _of_none(gift)
    hand_over(session, receiver.id, taken_for(session, gift.id, "given"), reference_id=gift.id, now=now)
    return gift.id


def hand_over(
    session: Session,
    receiver_id: UUID,
    taken: Sequence[Taken],
    *,
    reference_id: UUID | None = None,
    reason: str | None = None,
    now: datetime,
) -> None:
    """Open lots for a member like those that the stars were taken from, with the grace that they had: two who give one
    another the same stars don't keep them alive by it."""
    receiver = lock_members(session, [receiver_id], now=now)[receiver_id]
    wanted = sa.select(StarLot).where(StarLot.id.in_({each.lot_id for each in taken}))
    lots = {lot.id: lot for lot in session.scalars(wanted, execution_options={"populate_existing": True})}
    names = ("programme_version", "rule", "earned_at", "available_at", "expires_at", "had_grace")
    filled = [
        open_lot(
            session,
            receiver,
            stars=each.stars,
            from_lot_id=each.lot_id,
            **{name: getattr(lots[each.lot_id], name) for name in names},
        )
        for each in taken
    ]
    append(session, receiver, "received", filled, now=now, reference_id=reference_id, reason=reason)


def _offered(session: Session, condition: sa.ColumnElement[bool], now: datetime) -> Gift | None:
    # Locked: of two who take it, and its giver who takes it back, one does.
    wanted = sa.select(Gift).where(condition, Gift.state == "offered", Gift.ends_at > now).with_for_update()
    return session.scalars(wanted, execution_options={"populate_existing": True}).first()


def refuse_gift(session: Session, *, token: str, now: datetime) -> None:
    """Turn down the gift that the token proves: its stars go back. Raises GiftOver."""
    this = Gift.token_hash == hash_of(token)
    _lock_giver(session, this, now)
    gift = _offered(session, this, now)
    if gift is None:
        raise GiftOver()
    _end(session, gift, "refused", now)


def _lock_giver(session: Session, condition: sa.ColumnElement[bool], now: datetime) -> None:
    # Before the gift, as who takes one back has it.
    lock_members(session, session.scalars(sa.select(Gift.giver_id).where(condition)).all(), now=now)


def take_back_gift(session: Session, *, customer_id: UUID, gift_id: UUID, now: datetime) -> None:
    """Take back a gift that nobody took yet. Raises NotFound, GiftOver."""
    giver = lock_member(session, customer_id=customer_id, now=now, owning="gift")
    known = session.get(Gift, gift_id)
    if known is None or known.giver_id != giver.id:
        raise NotFound("gift")
    gift = _offered(session, Gift.id == gift_id, now)
    if gift is None:
        raise GiftOver()
    _end(session, gift, "taken_back", now)


def due_gifts(session: Session, *, now: datetime) -> list[UUID]:
    """Return up to 50 gifts that nobody took in time."""
    due = sa.select(Gift.id).where(Gift.state == "offered", Gift.ends_at <= now)
    return list(session.scalars(due.order_by(Gift.ends_at, Gift.id).limit(50)))


def return_gift(session: Session, *, gift_id: UUID, now: datetime) -> bool:
    """Let a gift that nobody took go back, once; tell whether it was done here."""
    _lock_giver(session, Gift.id == gift_id, now)
    mine = sa.select(Gift).where(Gift.id == gift_id, Gift.state == "offered", Gift.ends_at <= now)
    gift = session.scalars(mine.with_for_update(skip_locked=True)).first()
    if gift is None:
        return False
    _end(session, gift, "returned", now)
    return True


def _end(session: Session, gift: Gift, state: str, now: datetime) -> None:
    gift.state, gift.ended_at, gift.token_hash = state, now, _of_none(gift)
    members, taken = lock_taken(session, gift.id, "given", now=now)
    put_back(session, members, taken, "given_back", reference_id=gift.id, by_store=False, now=now)
