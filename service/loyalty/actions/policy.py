"""What becomes of stars that expire: what their member said, once, before; else they expire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...errors import Refusal
from .. import queries
from ..models import Member, StarLot
from .facts import StarsExpiring
from .ledger import find_member, lock_members, lock_owners
from .redeem import redeem

BATCH = 50


def due_expiries(session: Session, *, now: datetime) -> list[UUID]:
    """Return up to 50 members with stars that have expired and have no entry of it yet."""
    due = sa.select(StarLot.member_id).where(StarLot.remaining > 0, StarLot.expires_at <= now)
    return list(session.scalars(due.distinct().order_by(StarLot.member_id).limit(BATCH)))


def expire_stars(session: Session, *, member_id: UUID, now: datetime) -> bool:
    """Let a member's stars expire that have; tell whether any did here."""
    before = session.scalar(sa.select(Member.entries).where(Member.id == member_id))
    member = lock_members(session, [member_id], now=now)[member_id]
    return member.entries != before


def do_before_expiry(session: Session, *, lot_id: UUID, policy: Mapping[str, Any], now: datetime) -> bool:
    """Do with a lot, once, what its member wants before it expires, where the day has come; tell whether it was done
    here.

    `policy`: `do` (redeem, pool, remind, let_go), `days_before`, for redeem `reward`. A reward that the stars don't
    suffice for, or that is gone, is not redeemed: the member is reminded instead.
    """
    owner = session.scalar(sa.select(StarLot.member_id).where(StarLot.id == lot_id))
    if owner is None:
        return False
    member = lock_members(session, [owner], now=now)[owner]
    lot = session.get_one(StarLot, lot_id, populate_existing=True)
    if lot.policy_done_at is not None or lot.remaining == 0 or lot.expires_at is None or member.left_at is not None:
        return False
    if lot.member_id != owner:
        return False  # a merger handed it on just now; its turn comes again
    if now < lot.expires_at - timedelta(days=policy["days_before"]):
        return False
    lot.policy_done_at = now
    session.flush()  # before the lot moves below
    done = _DO[policy["do"]](session, member, lot, policy, now)
    if not done:
        _remind(session, member, lot, policy, now)
    return True


def lock_owner(session: Session, *, lot_id: UUID, now: datetime) -> UUID | None:
    """Lock whose a lot is, so that what they want done with it stays what it is; return the customer, None where there
    is no such lot."""
    members = lock_owners(session, [lot_id], now=now)
    owner = session.scalar(sa.select(StarLot.member_id).where(StarLot.id == lot_id))
    return members[owner].customer_id if owner is not None else None


def take_out_of_pool(session: Session, *, customer_id: UUID, policy: Mapping[str, Any] | None, now: datetime) -> None:
    """Take out of the pool what a customer's earlier policy handed to it, but for what the one that holds now (None:
    none does) hands to it as well. The new policy has its turn with those lots; what the others spent stays spent, and
    what of it comes back is the member's alone. Nothing for who isn't a member."""
    member = find_member(session, customer_id=customer_id, now=now)
    if member is None:
        return
    others = sa.update(StarLot).where(StarLot.member_id == member.id, StarLot.is_pooled)
    if policy is not None and policy["do"] == "pool":
        others = others.where(StarLot.expires_at > now + timedelta(days=policy["days_before"]))
    values = {"is_pooled": False, "policy_done_at": None}
    session.execute(others.values(values).execution_options(synchronize_session=False))


def _redeem(session: Session, member: Member, _lot: StarLot, policy: Mapping[str, Any], now: datetime) -> bool:
    try:
        with session.begin_nested():
            redeem(
                session,
                customer_id=member.customer_id,
                reward=policy["reward"],
                lots=None,
                from_pool=False,
                now=now,
            )
    except Refusal:
        return False
    return True


def _pool(session: Session, member: Member, lot: StarLot, _policy: Mapping[str, Any], _now: datetime) -> bool:
    if not queries.consents_beside(session, member_id=member.id):
        return False
    lot.is_pooled = True
    return True


def _let_go(_session: Session, _member: Member, _lot: StarLot, _policy: Mapping[str, Any], _now: datetime) -> bool:
    return True  # nothing is done: it expires when it does


def _remind(session: Session, member: Member, lot: StarLot, _policy: Mapping[str, Any], now: datetime) -> bool:
    assert lot.expires_at is not None
    together = sa.select(StarLot).where(
        StarLot.member_id == member.id,
        StarLot.expires_at == lot.expires_at,
        StarLot.remaining > 0,
        sa.or_(StarLot.id == lot.id, StarLot.policy_done_at.is_(None)),
    )
    # An order makes a lot by each rule: who is reminded of one is reminded of all that end with it.
    lots = session.scalars(together.order_by(StarLot.id), execution_options={"populate_existing": True}).all()
    for each in lots:
        each.policy_done_at = now
    reminder = StarsExpiring(
        subject_id=member.id,
        happened_at=now,
        lot_id=lot.id,
        stars=sum(each.remaining for each in lots),
        expires_at=lot.expires_at.isoformat(),
    )
    events.record(session, reminder)
    return True


_DO = {"redeem": _redeem, "pool": _pool, "remind": _remind, "let_go": _let_go}
