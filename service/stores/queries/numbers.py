"""Stores by their number, as the chain knows them, and whether there are such."""

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


def known_stores(session: Session, store_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the ids that are stores'."""
    return set(session.scalars(sa.select(Store.id).where(Store.id.in_(store_ids)))) if store_ids else set()
