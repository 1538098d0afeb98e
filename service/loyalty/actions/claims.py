"""Missing stars: answered at once where the receipt proves them, else by staff until a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import new_id
from ...errors import NotFound
from .. import queries
from ..errors import AlreadyClaimed, ClaimAnswered, ClaimOfOpenOrder, OwnClaim, TooManyClaims
from ..models import Claim, Member
from ..rules.receipts import Receipt
from .award import award_member, give_stars, has_earned
from .ledger import lock_member, lock_members

ANSWER_WITHIN = timedelta(days=3)
MOST_OPEN = 20

Find = Callable[[Session, UUID], Receipt | None]
_find: Find | None = None


def find_receipts_with(find: Find) -> None:
    """Tell what finds a receipt by the order's id; who knows orders does (service/reactions)."""
    global _find  # noqa: PLW0603 - set once, when the application is put together
    _find = find


def claim_stars(session: Session, *, customer_id: UUID, receipt: UUID, note: str | None, now: datetime) -> UUID:
    """Claim the stars of an order by its receipt; return the claim's id, of the one that waits already where one does.

    They are given at once where it was picked up within the programme's days, by this customer, from the account that
    they brought over since, or by a guest, and earned nobody any. Else, and where it earns none, staff answer. Raises
    NotJoined, AlreadyClaimed, TooManyClaims.
    """
    member = lock_member(session, customer_id=customer_id, now=now)
    _require_not_given(session, receipt, member.id)
    claim = _claimed(session, member, receipt, note, now)
    found = _find(session, receipt) if _find is not None and claim.state == "open" else None
    if found is not None and _proves(session, found, member, now):
        claim.stars = award_member(session, member, order_id=receipt, basket=found.basket, now=now)
        if claim.stars:  # else it proves nothing that is missing
            claim.state, claim.answer, claim.answered_at = "granted", "The receipt proves it.", now
    session.flush()  # the answer is read from the table
    return claim.id


def _require_not_given(session: Session, receipt: UUID | None, member_id: UUID) -> None:
    """Refuse the stars of a receipt that earned some, or for which somebody else was given some. Raises
    AlreadyClaimed."""
    if receipt is None:
        return
    # Locked: of two who claim one receipt, one is given its stars. In primary-key order, as locks are taken everywhere.
    claims = sa.select(Claim.member_id, Claim.state).where(Claim.receipt == receipt).order_by(Claim.id)
    given = [row for row in session.execute(claims.with_for_update()) if row.state == "granted"]
    if has_earned(session, order_id=receipt) or any(row.member_id != member_id for row in given):
        raise AlreadyClaimed()


def _require_over(session: Session, receipt: UUID | None) -> None:
    """Refuse to give stars for an order whose pickup, still to come, would give them again. Raises ClaimOfOpenOrder."""
    found = _find(session, receipt) if _find is not None and receipt is not None else None
    if found is not None and found.is_open:
        raise ClaimOfOpenOrder()


def _claimed(session: Session, member: Member, receipt: UUID, note: str | None, now: datetime) -> Claim:
    """Return the locked member's claim of a receipt: the one that isn't refused, or a new one."""
    mine = sa.select(Claim).where(Claim.member_id == member.id)
    same = mine.where(Claim.receipt == receipt, Claim.state != "refused").order_by(Claim.id).limit(1)
    # Locked: staff may be answering it.
    before = session.scalars(same.with_for_update(), execution_options={"populate_existing": True}).first()
    if before is not None:
        return before
    waiting = sa.select(sa.func.count()).where(Claim.member_id == member.id, Claim.state == "open")
    if (session.scalar(waiting) or 0) >= MOST_OPEN:
        raise TooManyClaims(MOST_OPEN)
    claim = Claim(
        id=new_id(),
        member_id=member.id,
        receipt=receipt,
        note=note,
        state="open",
        stars=0,
        due_at=now + ANSWER_WITHIN,
        claimed_at=now,
    )
    session.add(claim)
    return claim


def _proves(session: Session, receipt: Receipt, member: Member, now: datetime) -> bool:
    days = timedelta(days=queries.programme_at(session, at=now).claim_days)
    moved = queries.merged_into(session, customer_id=receipt.customer_id, at=receipt.basket.at)
    is_theirs = receipt.customer_id == member.customer_id or receipt.is_guests or moved == member.id
    return is_theirs and receipt.picked_up_at is not None and now - receipt.picked_up_at <= days


def answer_claim(
    session: Session, *, claim_id: UUID, stars: int, answer: str, answered_by: UUID, now: datetime
) -> None:
    """Answer an open claim as the operator: with so many stars, or none, as where its order was picked up meanwhile
    and earned them. Nobody answers their own. Raises NotFound, OwnClaim, ClaimAnswered, AlreadyClaimed,
    ClaimOfOpenOrder."""
    known = session.get(Claim, claim_id)
    if known is None:
        raise NotFound("claim")
    # The member first, as when they claim. Locked: of two answers, and a receipt that proves it meanwhile, one counts.
    member = lock_members(session, [known.member_id], now=now)[known.member_id]
    if member.customer_id == answered_by:
        raise OwnClaim()
    claim = session.get_one(Claim, claim_id, with_for_update=True, populate_existing=True)
    if claim.state != "open":
        raise ClaimAnswered()
    given = 0
    if stars:
        # In this order: an order that is over by now earned what it does before it is asked whether it did.
        _require_over(session, claim.receipt)
        _require_not_given(session, claim.receipt, claim.member_id)
        given = give_stars(
            session,
            customer_id=member.customer_id,
            stars=stars,
            rule="claim",
            reason=answer,
            reference_id=claim_id,
            now=now,
        )
    claim.state, claim.stars, claim.answer = "granted" if given else "refused", given, answer
    claim.answered_at, claim.answered_by = now, answered_by
    session.flush()  # the answer is read from the table
