"""The menu of one store as it is compiled: frozen, complete, every price already resolved for the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

MAX_DEPTH = 8
"""How deep groups may nest: a group on an item is depth 1."""

ALLERGENS = frozenset(
    [
        "celery",
        "crustaceans",
        "eggs",
        "fish",
        "gluten",
        "lupin",
        "milk",
        "molluscs",
        "mustard",
        "nuts",
        "peanuts",
        "sesame",
        "soy",
        "sulphites",
    ]
)
"""The fourteen of Regulation (EU) 1169/2011, annex II. Another word is refused at load: a misspelt allergen would
slip past every avoid-list."""

Nutrition = Mapping[str, Decimal]
"""Facts by name with their unit in it (`energy_kcal`, `sugars_g`, `caffeine_mg`), per one piece."""

OptionKind = Literal["choice", "text"]
PriceRule = Literal["flat", "per_size", "substitution"]

ANY_SIZE = "*"
"""Stands for every size that has no entry of its own, in an option's prices and nutrition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A heading of the menu; `parent_id` None at the top."""

    id: UUID
    key: str
    name: str
    parent_id: UUID | None = None
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A size of an item with its price at this store, in minor units."""

    id: UUID
    key: str
    name: str
    position: int = 0
    sku: str | None = None
    price_minor: int
    nutrition: Nutrition = field(default_factory=dict)
    is_default: bool = False
    is_sold_out: bool = False
    sold_out_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a group.

    `prices` and `nutrition` are by size key, `*` for every other size; an option without nutrition for a size
    states nothing, one with an empty mapping adds nothing. `work` is seconds by station kind, per one.
    """

    id: UUID
    key: str
    name: str
    kind: OptionKind = "choice"
    max_length: int | None = None
    price_rule: PriceRule = "flat"
    prices: Mapping[str, int] = field(default_factory=dict)
    default_quantity: int = 0
    nutrition: Mapping[str, Nutrition] = field(default_factory=dict)
    contains: frozenset[str] = frozenset()
    may_contain: frozenset[str] = frozenset()
    work: Mapping[str, int] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    position: int = 0
    is_sold_out: bool = False
    sold_out_until: datetime | None = None

    def nutrition_of(self, size_key: str) -> Nutrition | None:
        """Return what one of it adds in the size, None where nobody stated it."""
        return self.nutrition.get(size_key, self.nutrition.get(ANY_SIZE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A modifier group as attached here: how many units may be chosen, how many of them are free.

    `max` None is unlimited, `max_per_option` None is up to `max`. A hidden group isn't offered: its defaults hold.
    """

    id: UUID
    key: str
    name: str
    min: int = 0
    max: int | None = None
    max_per_option: int | None = None
    free_quantity: int = 0
    hidden: bool = False
    position: int = 0
    options: tuple[Option, ...] = ()

    @property
    def default_option(self) -> Option | None:
        """Return the option that the group holds when nothing is said, the first of several."""
        return next((option for option in self.options if option.default_quantity), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something sold.

    `available_hours` is its daypart in OSM opening_hours syntax, in the store's zone; `available_from` and
    `available_until` are store-local days, both included. `work` is seconds by station kind for one piece, or for
    up to `batch_size` pieces made together. With `counted_stock` the store counts what is left; how many is read
    by the claim itself, here stands only whether none is left.
    """

    id: UUID
    sku: str
    name: str
    description: str = ""
    category_id: UUID
    position: int = 0
    tax_category: str = "standard"
    sizes: tuple[Size, ...]
    groups: tuple[Group, ...] = ()
    contains: frozenset[str] = frozenset()
    may_contain: frozenset[str] = frozenset()
    diets: frozenset[str] = frozenset()
    work: Mapping[str, int] = field(default_factory=dict)
    batch_size: int = 1
    available_hours: str | None = None
    available_from: date | None = None
    available_until: date | None = None
    is_sold_out: bool = False
    sold_out_until: datetime | None = None
    counted_stock: bool = False
    is_out_of_stock: bool = False

    @property
    def default_size(self) -> Size:
        """Return the size that is meant when none is named: the default one, else the first sold here."""
        return next((size for size in self.sizes if size.is_default), self.sizes[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """What one store sells; `version` grows with every change that can be seen at the store."""

    store_id: UUID
    currency: str
    version: int
    categories: tuple[Category, ...]
    items: Mapping[UUID, Item]

    def categories_of(self, item_id: UUID) -> frozenset[UUID]:
        """Return an item's category and all above it."""
        item, parents = self.items.get(item_id), {category.id: category.parent_id for category in self.categories}
        above = item.category_id if item is not None else None
        found: set[UUID] = set()
        while above is not None and above not in found:
            found.add(above)
            above = parents.get(above)
        return frozenset(found)

    def for_holder_of(self, item_ids: Collection[UUID]) -> Menu:
        """Return the menu as it is for someone whose order holds these items: to them none is out of stock."""
        held = {item_id: self.items[item_id] for item_id in item_ids if item_id in self.items}
        if not held:
            return self
        return replace(
            self, items={**self.items, **{key: replace(item, is_out_of_stock=False) for key, item in held.items()}}
        )
