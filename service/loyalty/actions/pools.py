"""Pools: people who let each other spend some of their stars, each up to a number of their own."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import new_id
from ...errors import Invalid, NotFound
from ..errors import AlreadyPooled, InvitationOver, PoolFull
from ..models import Pool, PoolInvitation, PoolMember, StarLot
from ..rules.pools import INVITATION_DAYS, MOST_INVITATIONS, MOST_MEMBERS
from .gifts import hash_of
from .ledger import lock_member


def make_pool(session: Session, *, customer_id: UUID, name: str, called: str, cap: int, now: datetime) -> UUID:
    """Make a pool with the customer in it, who lets the others spend up to `cap` of their stars. Raises NotJoined,
    AlreadyPooled."""
    member = lock_member(session, customer_id=customer_id, now=now)
    pool = Pool(id=new_id(), name=name, made_at=now)
    session.add(pool)
    session.flush()  # whoever is in it refers to it
    _enter(session, pool.id, member.id, called, cap, now)
    return pool.id


def _enter(session: Session, pool_id: UUID, member_id: UUID, called: str, cap: int, now: datetime) -> None:
    if _consent(session, member_id) is not None:
        raise AlreadyPooled()
    session.add(
        PoolMember(
            id=new_id(), pool_id=pool_id, member_id=member_id, name=called, cap=cap, used=0, joined_at=now, left_at=None
        )
    )
    session.flush()  # the answer is read from the table


def _consent(session: Session, member_id: UUID) -> PoolMember | None:
    # Locked: others' redemptions count on it.
    mine = sa.select(PoolMember).where(PoolMember.member_id == member_id, PoolMember.left_at.is_(None))
    return session.scalars(mine.with_for_update(), execution_options={"populate_existing": True}).first()


def invite(session: Session, *, customer_id: UUID, pool_id: UUID, now: datetime) -> tuple[str, datetime]:
    """Return a token that lets one person into the customer's pool, and until when; it is kept nowhere.

    Raises NotFound, PoolFull.
    """
    member = lock_member(session, customer_id=customer_id, now=now, owning="pool")
    _lock_pool(session, pool_id, member.id)
    is_open = sa.and_(PoolInvitation.pool_id == pool_id, PoolInvitation.used_at.is_(None), PoolInvitation.ends_at > now)
    if (session.scalar(sa.select(sa.func.count()).where(is_open)) or 0) >= MOST_INVITATIONS:
        raise PoolFull(MOST_INVITATIONS)
    token, ends_at = secrets.token_urlsafe(24), now + timedelta(days=INVITATION_DAYS)
    session.add(
        PoolInvitation(
            id=new_id(), pool_id=pool_id, token_hash=hash_of(token), made_by=member.id, ends_at=ends_at, used_at=None
        )
    )
    return token, ends_at


def _lock_pool(session: Session, pool_id: UUID, member_id: UUID) -> None:
    # Locked: of those who come in at once none is one too many.
    if session.get(Pool, pool_id, with_for_update=True) is None or not _is_in(session, pool_id, member_id):
        raise NotFound("pool")


def _is_in(session: Session, pool_id: UUID, member_id: UUID) -> bool:
    consent = _consent(session, member_id)
    return consent is not None and consent.pool_id == pool_id


def join_pool(session: Session, *, customer_id: UUID, token: str, called: str, cap: int, now: datetime) -> UUID:
    """Take up the invitation that the token proves; the others may spend up to `cap` of the customer's stars from now
    on. Returns the pool's id. Raises NotJoined, InvitationOver, AlreadyPooled, PoolFull."""
    member = lock_member(session, customer_id=customer_id, now=now)
    # Locked: one person comes in with it.
    wanted = sa.select(PoolInvitation).where(PoolInvitation.token_hash == hash_of(token)).with_for_update()
    invitation = session.scalars(wanted, execution_options={"populate_existing": True}).first()
    if invitation is None or invitation.used_at is not None or invitation.ends_at <= now:
        raise InvitationOver()
    session.get_one(Pool, invitation.pool_id, with_for_update=True)
    inside = sa.and_(PoolMember.pool_id == invitation.pool_id, PoolMember.left_at.is_(None))
    if (session.scalar(sa.select(sa.func.count()).where(inside)) or 0) >= MOST_MEMBERS:
        raise PoolFull(MOST_MEMBERS)
    _enter(session, invitation.pool_id, member.id, called, cap, now)
    invitation.used_at = now
    return invitation.pool_id


def change_cap(session: Session, *, customer_id: UUID, pool_id: UUID, cap: int, now: datetime) -> None:
    """Let the others spend more or fewer of the customer's stars; no fewer than they did already. Raises NotFound,
    Invalid."""
    member = lock_member(session, customer_id=customer_id, now=now, owning="pool")
    consent = _consent(session, member.id)
    if consent is None or consent.pool_id != pool_id:
        raise NotFound("pool")
    if cap < consent.used:
        raise Invalid({"cap": [f"The others spent {consent.used} already."]})
    consent.cap = cap
    session.flush()  # the answer is read from the table


def leave_pool(session: Session, *, customer_id: UUID, pool_id: UUID, now: datetime) -> None:
    """Let the customer leave the pool, with all of their own lots. Raises NotFound."""
    member = lock_member(session, customer_id=customer_id, now=now, owning="pool")
    if not _is_in(session, pool_id, member.id):
        raise NotFound("pool")
    leave_pool_of(session, member.id, now=now)


def leave_pool_of(session: Session, member_id: UUID, *, now: datetime) -> None:
    """Let a locked member be in no pool any more."""
    consent = _consent(session, member_id)
    if consent is not None:
        consent.left_at = now
    pooled = sa.update(StarLot).where(StarLot.member_id == member_id, StarLot.is_pooled)
    session.execute(pooled.values(is_pooled=False).execution_options(synchronize_session=False))
