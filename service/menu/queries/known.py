"""Whether things that someone names are of the menu."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import MenuCategory, MenuGroup, MenuItem, MenuOption


def known_items(session: Session, item_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the ids that are items' of the chain."""
    return _known(session, MenuItem, item_ids)


def known_categories(session: Session, category_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the ids that are categories' of the chain."""
    return _known(session, MenuCategory, category_ids)


def known_options(session: Session, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of the options, each named by its group's key and its own, that some group of the chain has."""
    if not keys:
        return set()
    options = sa.select(MenuGroup.key, MenuOption.key).join(MenuGroup, MenuGroup.id == MenuOption.group_id)
    live = options.where(MenuGroup.removed_at.is_(None), MenuOption.removed_at.is_(None)).distinct()
    wanted = live.where(MenuOption.key.in_({option for _, option in keys}))
    return {(row[0], row[1]) for row in session.execute(wanted)} & set(keys)


def known_diets(session: Session) -> set[str]:
    """Return the diets that items of the chain state."""
    stated = session.scalars(sa.select(MenuItem.diets).where(MenuItem.removed_at.is_(None)))
    return {diet for diets in stated for diet in diets}


def items_by_sku(session: Session, skus: Collection[str]) -> dict[str, UUID]:
    """Return the ids of the chain's items with these SKUs."""
    return _by_name(session, MenuItem.sku, MenuItem, skus)


def categories_by_key(session: Session, keys: Collection[str]) -> dict[str, UUID]:
    """Return the ids of the chain's categories with these keys."""
    return _by_name(session, MenuCategory.key, MenuCategory, keys)


def categories_of(session: Session, item_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Return for each of the items, also those removed, its category and all above it."""
    if not item_ids:
        return {}
    parents = {row.id: row.parent_id for row in session.execute(sa.select(MenuCategory.id, MenuCategory.parent_id))}
    items = session.execute(sa.select(MenuItem.id, MenuItem.category_id).where(MenuItem.id.in_(item_ids)))
    return {item_id: _way_up(parents, category_id) for item_id, category_id in items}


def _way_up(parents: Mapping[UUID, UUID | None], category_id: UUID | None) -> frozenset[UUID]:
    found: set[UUID] = set()
    while category_id is not None and category_id not in found:
        found.add(category_id)
        category_id = parents.get(category_id)
    return frozenset(found)


def _by_name(session: Session, column: Any, model: Any, names: Collection[str]) -> dict[str, UUID]:
    if not names:
        return {}
    rows = session.execute(sa.select(column, model.id).where(column.in_(names), model.removed_at.is_(None)))
    return {row[0]: row[1] for row in rows}


def _known(session: Session, model: Any, ids: Collection[UUID]) -> set[UUID]:
    if not ids:
        return set()
    return set(session.scalars(sa.select(model.id).where(model.id.in_(ids), model.removed_at.is_(None))))
