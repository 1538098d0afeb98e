"""A menu in memory for the rules' tests: no database, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from service.db import new_id
from service.menu.rules import (
    Category,
    Group,
    Item,
    LineRequest,
    Menu,
    ModifierRequest,
    Option,
    ResolvedLine,
    Size,
    resolve_line,
)

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # Monday, 12:00 in New York


def option(key: str, **members: Any) -> Option:
    """Return an option that adds nothing unless told."""
    return Option(**({"id": new_id(), "key": key, "name": key.title(), "nutrition": {"*": {}}} | members))


def group(key: str, *options: Option, **members: Any) -> Group:
    """Return a group of the options, in their order."""
    placed = tuple(replace(entry, position=index) for index, entry in enumerate(options))
    return Group(**({"id": new_id(), "key": key, "name": key.title(), "options": placed} | members))


def size(key: str, price_minor: int, **members: Any) -> Size:
    """Return a size with ten kilocalories unless told."""
    nutrition = {"energy_kcal": Decimal(10)}
    return Size(
        **({"id": new_id(), "key": key, "name": key, "price_minor": price_minor, "nutrition": nutrition} | members)
    )


def item(*groups: Group, sizes: tuple[Size, ...] | None = None, **members: Any) -> Item:
    """Return an item with one size of 3.00 unless told."""
    defaults = {"id": new_id(), "sku": "thing", "name": "Thing", "category_id": new_id(), "groups": groups}
    return Item(**(defaults | {"sizes": sizes or (size("regular", 300, is_default=True),)} | members))


def menu(*items: Item) -> Menu:
    """Return a menu of the items."""
    category = Category(id=new_id(), key="all", name="All")
    return Menu(
        store_id=new_id(),
        currency="USD",
        version=1,
        categories=(category,),
        items={entry.id: entry for entry in items},
    )


def resolve(what: Item, *modifiers: ModifierRequest, at: datetime = NOON, **members: Any) -> ResolvedLine:
    """Resolve a line of the item at a store in New York."""
    request = LineRequest(item_id=what.id, modifiers=modifiers, **members)
    return resolve_line(menu(what), request, at=at, timezone="America/New_York", country="US")


def choose(what: Option, quantity: int = 1, *modifiers: ModifierRequest, text: str | None = None) -> ModifierRequest:
    """Return a request for the option."""
    return ModifierRequest(option_id=what.id, quantity=quantity, text=text, modifiers=modifiers)
