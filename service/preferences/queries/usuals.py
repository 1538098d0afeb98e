"""A customer's usuals."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import NotFound
from ..models import Usual
from ..rules.usuals import total_of


def shown_usuals(session: Session, *, customer_id: UUID) -> list[dict[str, Any]]:
    """Return the customer's usuals in their own order."""
    mine = sa.select(Usual).where(Usual.customer_id == customer_id).order_by(Usual.place, Usual.id)
    return [_shown(usual) for usual in session.scalars(mine)]


def shown_usual(session: Session, *, customer_id: UUID, usual_id: UUID) -> dict[str, Any]:
    """Return one of the customer's usuals. Raises NotFound."""
    return _shown(usual_of(session, customer_id=customer_id, usual_id=usual_id))


def usual_of(session: Session, *, customer_id: UUID, usual_id: UUID) -> Usual:
    """Return one of the customer's usuals as it is kept, to be ordered. Raises NotFound."""
    usual = session.get(Usual, usual_id)
    if usual is None or usual.customer_id != customer_id:
        raise NotFound("usual")
    return usual


def _shown(usual: Usual) -> dict[str, Any]:
    return {
        "id": usual.id,
        "name": usual.name,
        "store_id": usual.store_id,
        **usual.basket,
        "price_ceiling": usual.price_ceiling,
        "saved_at": datetime.fromisoformat(usual.saved["at"]) if usual.saved is not None else None,
        "saved_total": total_of(usual.saved),
        "version": usual.version,
        "created_at": usual.created_at,
        "updated_at": usual.updated_at,
    }
