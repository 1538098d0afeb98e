"""Whether things that someone names are of the menu."""

from __future__ import annotations

from collections.abc import Collection
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


def _known(session: Session, model: Any, ids: Collection[UUID]) -> set[UUID]:
    if not ids:
        return set()
    return set(session.scalars(sa.select(model.id).where(model.id.in_(ids), model.removed_at.is_(None))))
