"""What changed on a store's menu since a version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...stores.rules import StoreFacts
from ..models import MenuChange
from ..rules import Menu, category_document, item_document, items_showing
from .compiled import menu_of

_CHANGES = (
    sa.select(MenuChange.seq, MenuChange.kind, MenuChange.subject_id, MenuChange.change)
    .where(
        sa.or_(MenuChange.store_id == sa.bindparam("store_id", type_=sa.Uuid()), MenuChange.store_id.is_(None)),
        MenuChange.seq > sa.bindparam("since"),
    )
    .order_by(MenuChange.seq)
    .limit(sa.bindparam("rows"))
)


def menu_changes(session: Session, store: StoreFacts, *, since: int, limit: int, now: datetime) -> dict[str, Any]:
    """Return what a copy of the menu made at version `since` must take in: categories and items as they stand now,
    and tombstones of those that are gone. A sold-out size or option shows as its items.

    `next_cursor` is where to go on, `has_more` whether there is more by now.
    """
    rows = session.execute(_CHANGES, {"store_id": store.id, "since": since, "rows": limit + 1}).all()
    page, menu = rows[:limit], menu_of(session, store)
    return {
        "data": _entries(page, menu, store, now),
        "next_cursor": str(page[-1].seq if page else since),
        "has_more": len(rows) > limit,
    }


def _entries(rows: Sequence[Any], menu: Menu, store: StoreFacts, now: datetime) -> list[dict[str, Any]]:
    """Return one entry for each category or item that the rows touch, in the order of its last touch."""
    touched: dict[tuple[str, UUID], None] = {}
    for row in rows:
        found = (
            [(row.kind, row.subject_id)]
            if row.kind in ("category", "item")
            else [("item", item.id) for item in items_showing(menu, row.kind, row.subject_id)]
        )
        for subject in found:
            touched.pop(subject, None)
            touched[subject] = None
    categories = {category.id: category for category in menu.categories}
    entries = []
    for kind, subject_id in touched:
        shown: dict[str, Any] | None = None
        if kind == "category" and subject_id in categories:
            shown = category_document(categories[subject_id])
        if kind == "item" and subject_id in menu.items:
            item = menu.items[subject_id]
            shown = item_document(menu, item, at=now, timezone=store.timezone, country=store.country)
        change = "removed" if shown is None else "upserted"
        entries.append({"kind": kind, "id": subject_id, "change": change, kind: shown})
    return entries
