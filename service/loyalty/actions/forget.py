"""Forgetting orders, of which nothing says any more whose they were, and pools and invitations that are over."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Claim, Pool, PoolInvitation, PoolMember, Redemption, StarEntry, StarLot

AT_ONCE = 1_000


def forget_order(session: Session, *, order_id: UUID) -> None:
    """Let no lot, entry, redemption or claim name an order that its customer wants forgotten, nor say in their words
    what was wrong with it; the stars stay."""
    session.execute(sa.update(Claim).where(Claim.receipt == order_id).values(note=None))
    for named in (StarEntry.order_id, StarLot.order_id, Redemption.order_id, Claim.receipt):
        of_it = sa.update(named.class_).where(named == order_id).values({named: None})
        session.execute(of_it.execution_options(synchronize_session=False))


def forget_what_is_over(session: Session, *, now: datetime) -> int:
    """Delete invitations that were used or ended, the consents of who left a pool, and pools that nobody is in or can
    come into, up to 1,000 of each; return how many.

    A redemption that comes back later gives nothing back to a consent that is over.
    """
    is_over = sa.or_(PoolInvitation.used_at.is_not(None), PoolInvitation.ends_at <= now)
    invitations = sa.select(PoolInvitation.id).where(is_over).order_by(PoolInvitation.id).limit(AT_ONCE)
    consents = sa.select(PoolMember.id).where(PoolMember.left_at.is_not(None)).order_by(PoolMember.id).limit(AT_ONCE)
    # Nobody comes into a pool but with an invitation, and nobody invites but from within.
    is_empty = sa.and_(
        ~sa.exists().where(PoolMember.pool_id == Pool.id), ~sa.exists().where(PoolInvitation.pool_id == Pool.id)
    )
    pools = sa.select(Pool.id).where(is_empty).order_by(Pool.id).limit(AT_ONCE)
    gone = 0
    for table, chosen in ((PoolInvitation, invitations), (PoolMember, consents), (Pool, pools)):
        deleted = sa.delete(table).where(table.id.in_(chosen)).execution_options(synchronize_session=False)
        gone += int(session.execute(deleted).rowcount)  # type: ignore[attr-defined]
    return gone
