"""Joining and leaving the programme, and its promotions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import Invalid, NotFound
from .. import queries
from ..errors import NotEnoughStars, StarsLeft
from ..models import Member, OptIn
from ..rules.lots import Lot, Taken
from .cards import end_cards_of
from .gifts import hand_over, offer_lots
from .ledger import append, lock_member, lots_left, out_of
from .pools import leave_pool_of
from .redeem import redeem

Choice = Literal["redeem", "give", "pool", "let_go"]


def join(session: Session, *, customer_id: UUID, now: datetime) -> None:
    """Take the customer into the programme; who is in it stays in it, who left it gets on with what they had.

    Raises NotFound: there is no programme.
    """
    queries.programme_at(session, at=now)
    mine = sa.select(Member).where(Member.customer_id == customer_id).with_for_update()  # two who join take turns
    member = session.scalars(mine).first()
    if member is None:
        session.add(Member(customer_id=customer_id, joined_at=now, left_at=None, entries=0, version=1))
    elif member.left_at is not None:
        member.joined_at, member.left_at, member.version = now, None, member.version + 1
    session.flush()  # the answer is read from the table


def leave(
    session: Session, *, customer_id: UUID, stars: Choice | None, reward: str | None, now: datetime
) -> dict[str, Any]:
    """Let the customer leave, and do with their stars what they say; return the statement: what became of how many.

    `redeem`: for `reward`, as often as they suffice; those redemptions stay theirs. `give`: as a gift for whoever has
    the returned token. `pool`: to the one who is in the pool for longest beside them. What is left after it is let go.
    Raises NotJoined, StarsLeft, Invalid, NotFound, NotEnoughStars.
    """
    member = lock_member(session, customer_id=customer_id, now=now)
    left = lots_left(session, [member.id])
    total = sum(lot.remaining for lot in left)
    if total and stars is None:
        raise StarsLeft(total)
    statement: dict[str, Any] = {"left_at": now, "stars": total, "redemptions": [], "gift": None, "pooled": 0}
    if total and stars == "redeem":
        statement["redemptions"] = _redeem_all(session, customer_id, reward, now)
    elif total and stars == "give":
        statement["gift"] = offer_lots(session, member, _all_of(left), message=None, now=now)
    elif total and stars == "pool":
        statement["pooled"] = _to_pool(session, member, left, now)
    session.flush()  # what is let go is what is left then
    statement["let_go"] = _let_go(session, member, now)
    leave_pool_of(session, member.id, now=now)
    end_cards_of(session, member.id, now=now)
    session.execute(sa.delete(OptIn).where(OptIn.member_id == member.id))
    member.left_at, member.version = now, member.version + 1
    return statement


def _redeem_all(session: Session, customer_id: UUID, reward: str | None, now: datetime) -> list[UUID]:
    if reward is None:
        raise Invalid({"reward": ["Say for which reward."]})
    done: list[UUID] = []
    try:
        while True:
            found = redeem(session, customer_id=customer_id, reward=reward, lots=None, from_pool=False, now=now)
            done.append(found)
    except NotEnoughStars:
        if not done:
            raise
    return done


def _to_pool(session: Session, member: Member, left: Sequence[Lot], now: datetime) -> int:
    others = queries.consents_beside(session, member_id=member.id)
    if not others:
        raise Invalid({"stars": ["There is nobody else in a pool with you."]})
    heir = min(others, key=lambda each: (each.joined_at, each.id))
    taken = _all_of(left)
    append(session, member, "given", out_of(taken), now=now, reason="pool")
    hand_over(session, heir.member_id, taken, reason="pool", now=now)
    return sum(each.stars for each in taken)


def _let_go(session: Session, member: Member, now: datetime) -> int:
    taken = _all_of(lots_left(session, [member.id]))
    if taken:
        append(session, member, "let_go", out_of(taken), now=now)
    return sum(each.stars for each in taken)


def _all_of(lots: Sequence[Lot]) -> list[Taken]:
    return [Taken(lot.id, lot.member_id, lot.remaining) for lot in lots]


def opt_in(session: Session, *, customer_id: UUID, promotion: str, now: datetime) -> None:
    """Let the customer be in a promotion from now on, until they say otherwise. Raises NotJoined, NotFound."""
    member = lock_member(session, customer_id=customer_id, now=now)
    known = queries.programme_at(session, at=now).promotions
    if promotion not in known:
        raise NotFound("promotion")
    if session.get(OptIn, (member.id, promotion)) is None:
        session.add(OptIn(member_id=member.id, promotion=promotion, opted_in_at=now))
        member.version += 1
    session.flush()  # the answer is read from the table


def opt_out(session: Session, *, customer_id: UUID, promotion: str, now: datetime) -> None:
    """Let the customer not be in a promotion any more; what it gave stays theirs. Raises NotJoined, NotFound."""
    member = lock_member(session, customer_id=customer_id, now=now)
    found = session.get(OptIn, (member.id, promotion))
    if found is not None:
        session.delete(found)
        member.version += 1
    elif promotion not in queries.programme_at(session, at=now).promotions:
        raise NotFound("promotion")
