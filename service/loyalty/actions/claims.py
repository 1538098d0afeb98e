"""Missing stars: answered at once where the receipt proves them, else by staff until a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from ...db import new_id
from ...errors import NotFound
from .. import queries
from ..errors import AlreadyClaimed, ClaimAnswered
from ..models import Claim, Member
from ..rules.receipts import Receipt
from .award import award_member, give_stars, has_earned
from .ledger import lock_member

ANSWER_WITHIN = timedelta(days=3)

Find = Callable[[Session, UUID], Receipt | None]
_find: Find | None = None


def find_receipts_with(find: Find) -> None:
    """Tell what finds a receipt by the order's id; who knows orders does (service/reactions)."""
    global _find  # noqa: PLW0603 - set once, when the application is put together
    _find = find


def claim_stars(session: Session, *, customer_id: UUID, receipt: UUID, note: str | None, now: datetime) -> UUID:
    """Claim the stars of an order by its receipt; return the claim's id.

    They are given at once where it was picked up within the programme's days, by this customer or a guest, and earned
    nobody any. Else staff answer. Raises NotJoined, AlreadyClaimed.
    """
    member = lock_member(session, customer_id=customer_id, now=now)
    if has_earned(session, order_id=receipt):
        raise AlreadyClaimed()
    found = _find(session, receipt) if _find is not None else None
    is_proved = found is not None and _proves(session, found, customer_id, now)
    stars = award_member(session, member, order_id=receipt, basket=found.basket, now=now) if found and is_proved else 0
    claim = Claim(
        id=new_id(),
        member_id=member.id,
        receipt=receipt,
        note=note,
        state="granted" if is_proved else "open",
        stars=stars,
        answer="The receipt proves it." if is_proved else None,
        due_at=now + ANSWER_WITHIN,
        claimed_at=now,
        answered_at=now if is_proved else None,
        answered_by=None,
    )
    session.add(claim)
    session.flush()  # the answer is read from the table
    return claim.id


def _proves(session: Session, receipt: Receipt, customer_id: UUID, now: datetime) -> bool:
    days = timedelta(days=queries.programme_at(session, at=now).claim_days)
    is_theirs = receipt.customer_id == customer_id or receipt.is_guests
    return is_theirs and receipt.picked_up_at is not None and now - receipt.picked_up_at <= days


def answer_claim(
    session: Session, *, claim_id: UUID, stars: int, answer: str, answered_by: UUID, now: datetime
) -> None:
    """Answer an open claim as the operator: with so many stars, or none. Raises NotFound, ClaimAnswered."""
    # Locked: of two answers one counts.
    claim = session.get(Claim, claim_id, with_for_update=True, populate_existing=True)
    if claim is None:
        raise NotFound("claim")
    if claim.state != "open":
        raise ClaimAnswered()
    given = 0
    if stars:
        customer_id = session.get_one(Member, claim.member_id).customer_id
        given = give_stars(
            session, customer_id=customer_id, stars=stars, rule="claim", reason=answer, reference_id=claim_id, now=now
        )
    claim.state, claim.stars, claim.answer = "granted" if given else "refused", given, answer
    claim.answered_at, claim.answered_by = now, answered_by
    session.flush()  # the answer is read from the table
