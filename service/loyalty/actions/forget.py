"""Forgetting orders: nothing of loyalty says any more whose they were."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Claim, Redemption, StarEntry, StarLot


def forget_order(session: Session, *, order_id: UUID) -> None:
    """Let no lot, entry, redemption or claim name an order that its customer wants forgotten, nor say in their words
    what was wrong with it; the stars stay."""
    session.execute(sa.update(Claim).where(Claim.receipt == order_id).values(note=None))
    for named in (StarEntry.order_id, StarLot.order_id, Redemption.order_id, Claim.receipt):
        of_it = sa.update(named.class_).where(named == order_id).values({named: None})
        session.execute(of_it.execution_options(synchronize_session=False))
