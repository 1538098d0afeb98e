"""Forgetting orders: no movement of the ledger says any more which order it was for."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import LedgerTransaction


def forget_order(session: Session, *, order_id: UUID) -> None:
    """Let no movement name an order that its customer wants forgotten; the money and its reason stay."""
    of_it = sa.update(LedgerTransaction).where(LedgerTransaction.order_id == order_id).values(order_id=None)
    session.execute(of_it.execution_options(synchronize_session=False))
