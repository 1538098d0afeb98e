"""The menu as the wire shows it: plain members, for one instant, sorted by the key that the caller named."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from .availability import Availability, item_availability, next_change, option_availability, size_availability
from .catalog import Category, Group, Item, Menu, Nutrition, Option, Size
from .pricing import option_price
from .resolved import number

SORTS = ("menu", "name", "price", "energy")
"""Every order that a menu can be shown in. There is none by popularity: nobody else's orders rank what you see."""

_LAST = Decimal("Infinity")


def menu_document(menu: Menu, *, sort: str, at: datetime, timezone: str, country: str) -> dict[str, Any]:
    """Return the store's whole menu at the instant; it stays true until `valid_until` or the next version.

    Sorting by `price` and `energy` goes by each item's default size; items that don't state their energy come last.
    """
    showing = _Showing(menu.currency, at, timezone, country)
    return {
        "store_id": menu.store_id,
        "version": menu.version,
        "currency": menu.currency,
        "sort": sort,
        "valid_until": next_change(menu, at=at, timezone=timezone, country=country),
        "categories": [category_document(category) for category in menu.categories],
        "items": [showing.item(item) for item in _sorted(menu, sort)],
    }


def item_document(menu: Menu, item: Item, *, at: datetime, timezone: str, country: str) -> dict[str, Any]:
    """Return one item as the menu's document shows it."""
    return _Showing(menu.currency, at, timezone, country).item(item)


def category_document(category: Category) -> dict[str, Any]:
    """Return a heading as the menu's document shows it."""
    return {"id": category.id, "key": category.key, "name": category.name, "parent_id": category.parent_id}


def items_showing(menu: Menu, kind: str, subject_id: UUID) -> Iterator[Item]:
    """Yield the items in whose document the item, size or option stands."""
    for item in menu.items.values():
        shown = (
            item.id == subject_id
            or (kind == "size" and any(size.id == subject_id for size in item.sizes))
            or (kind == "option" and _has_option(item.groups, subject_id))
        )
        if shown:
            yield item


def _has_option(groups: tuple[Group, ...], option_id: UUID) -> bool:
    return any(
        option.id == option_id or _has_option(option.groups, option_id) for group in groups for option in group.options
    )


def _sorted(menu: Menu, sort: str) -> list[Item]:
    places = {category.id: place for place, category in enumerate(menu.categories)}
    in_menu_order = sorted(menu.items.values(), key=lambda item: (places.get(item.category_id, 0), item.position))
    keys: dict[str, Callable[[Item], Any]] = {
        "name": lambda item: _collated(item.name),
        "price": lambda item: item.default_size.price_minor,
        "energy": lambda item: item.default_size.nutrition.get("energy_kcal", _LAST),
    }
    return sorted(in_menu_order, key=keys[sort]) if sort in keys else in_menu_order


def _collated(name: str) -> str:
    """Order "Éclair" with "E": letters without their marks and case."""
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


class _Showing:
    def __init__(self, currency: str, at: datetime, timezone: str, country: str) -> None:
        self._currency, self._at, self._timezone, self._country = currency, at, timezone, country

    def item(self, item: Item) -> dict[str, Any]:
        found = item_availability(item, at=self._at, timezone=self._timezone, country=self._country)
        return {
            "id": item.id,
            "sku": item.sku,
            "name": item.name,
            "description": item.description,
            "category_id": item.category_id,
            "contains": sorted(item.contains),
            "may_contain": sorted(item.may_contain),
            "diets": sorted(item.diets),
            "availability": _availability(found),
            "sizes": [self._size(size, item.default_size) for size in item.sizes],
            "groups": [self._group(group, item) for group in item.groups if not group.hidden],
        }

    def _size(self, size: Size, default: Size) -> dict[str, Any]:
        return {
            "id": size.id,
            "key": size.key,
            "name": size.name,
            "is_default": size is default,
            "price": self._money(size.price_minor),
            "nutrition": _nutrition(size.nutrition),
            "availability": _availability(size_availability(size, at=self._at)),
        }

    def _group(self, group: Group, item: Item) -> dict[str, Any]:
        return {
            "id": group.id,
            "key": group.key,
            "name": group.name,
            "min": group.min,
            "max": group.max,
            "max_per_option": group.max_per_option,
            "free_quantity": group.free_quantity,
            "options": [self._option(group, option, item) for option in group.options],
        }

    def _option(self, group: Group, option: Option, item: Item) -> dict[str, Any]:
        facts = {size.key: option.nutrition_of(size.key) for size in item.sizes}
        return {
            "id": option.id,
            "key": option.key,
            "name": option.name,
            "kind": option.kind,
            "max_length": option.max_length,
            "price_rule": option.price_rule,
            "default_quantity": option.default_quantity,
            "prices": {size.key: self._money(option_price(group, option, size.key)) for size in item.sizes},
            "nutrition": {key: _nutrition(told) for key, told in facts.items() if told is not None},
            "contains": sorted(option.contains),
            "may_contain": sorted(option.may_contain),
            "availability": _availability(option_availability(option, at=self._at)),
            "groups": [self._group(nested, item) for nested in option.groups if not nested.hidden],
        }

    def _money(self, amount_minor: int) -> dict[str, Any]:
        return {"amount_minor": amount_minor, "currency": self._currency}


def _availability(found: Availability) -> dict[str, Any]:
    return {"is_available": found.is_available, "reason": found.reason, "until": found.until}


def _nutrition(facts: Nutrition) -> dict[str, int | float]:
    return {name: number(amount) for name, amount in sorted(facts.items())}
