"""Forgetting: no movement of the ledger says any more which order it was for; and holds that are long over."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import delete_some
from ..models import Hold, LedgerTransaction

KEEP_HOLDS = timedelta(days=90)
"""After its end a hold proves nothing any more, and nobody asks for the same again."""


def forget_order(session: Session, *, order_id: UUID) -> None:
    """Let no movement name an order that its customer wants forgotten; the money and its reason stay."""
    of_it = sa.update(LedgerTransaction).where(LedgerTransaction.order_id == order_id).values(order_id=None)
    session.execute(of_it.execution_options(synchronize_session=False))


def forget_old_holds(session: Session, *, now: datetime) -> int:
    """Delete up to 1,000 of the holds that ended 90 days ago; return how many. What they paid stands in the ledger."""
    return delete_some(session, Hold, Hold.ended_at < now - KEEP_HOLDS, oldest=Hold.ended_at)
