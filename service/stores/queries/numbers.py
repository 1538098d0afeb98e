"""Stores by their number, as the chain knows them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Store


def stores_by_number(session: Session, *, numbers: Collection[str]) -> dict[str, UUID]:
    """Return the ids of those stores that there are, by number."""
    found = session.execute(sa.select(Store.number, Store.id).where(Store.number.in_(numbers)))
    return {row.number: row.id for row in found}
