"""Forgetting orders, of which nothing says any more whose they were, and pools and invitations that are over."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import delete_some
from ..models import Claim, Pool, PoolInvitation, PoolMember, Redemption, StarEntry, StarLot


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
    # Nobody comes into a pool but with an invitation, and nobody invites but from within.
    is_empty = sa.and_(
        ~sa.exists().where(PoolMember.pool_id == Pool.id), ~sa.exists().where(PoolInvitation.pool_id == Pool.id)
    )
    return (
        delete_some(session, PoolInvitation, is_over, oldest=PoolInvitation.id)
        + delete_some(session, PoolMember, PoolMember.left_at.is_not(None), oldest=PoolMember.id)
        + delete_some(session, Pool, is_empty, oldest=Pool.id)
    )
