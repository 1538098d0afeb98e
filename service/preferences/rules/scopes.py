"""Which categories a thing is in."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from ...menu.rules import Menu


def parents_of(menu: Menu) -> dict[UUID, UUID | None]:
    """Return the category above each category of the menu."""
    return {category.id: category.parent_id for category in menu.categories}


def way_up(parents: Mapping[UUID, UUID | None], category_id: UUID) -> tuple[UUID, ...]:
    """Return the category and those above it, the nearest first."""
    found: list[UUID] = []
    current: UUID | None = category_id
    while current is not None and current not in found:
        found.append(current)
        current = parents.get(current)
    return tuple(found)
