"""The chain's menu as a document: what `load_menu` takes, from a file, an import or code.

Everything is named by its own key (`sku`, `ref`, `key`); a document holds every group and category its items name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from .catalog import ANY_SIZE, Nutrition, OptionKind, PriceRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """An amount in a currency: for the chain, for a market (`country`, ISO 3166), or for one store.

    `size` is for options: the size's key, `*` for the sizes that have no price of their own.
    """

    currency: str
    amount_minor: int
    country: str | None = None
    store_id: UUID | None = None
    size: str = ANY_SIZE

    @property
    def scope(self) -> str:
        """Return where the price holds: `chain`, `market:US` or `store:<id>`."""
        if self.store_id is not None:
            return f"store:{self.store_id}"
        return "chain" if self.country is None else f"market:{self.country}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A group under an item or an option; None inherits what the group itself says."""

    ref: str
    min: int | None = None
    max: int | None = None
    max_per_option: int | None = None
    free_quantity: int | None = None
    hidden: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainCategory:
    """A heading, under `parent` (another one's key) or at the top."""

    key: str
    name: str
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainOption:
    """One choice of a group. No prices at all: it costs nothing anywhere."""

    key: str
    name: str
    kind: OptionKind = "choice"
    max_length: int | None = None
    price_rule: PriceRule = "flat"
    prices: tuple[Price, ...] = ()
    default_quantity: int = 0
    nutrition: Mapping[str, Nutrition] = field(default_factory=dict)
    contains: frozenset[str] = frozenset()
    may_contain: frozenset[str] = frozenset()
    work: Mapping[str, int] = field(default_factory=dict)
    groups: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainGroup:
    """A modifier group; `key` None is its `ref`. Groups of several items that mean the same share a key."""

    ref: str
    name: str
    key: str | None = None
    min: int = 0
    max: int | None = None
    max_per_option: int | None = None
    free_quantity: int = 0
    hidden: bool = False
    options: tuple[ChainOption, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSize:
    """A size of an item; in a currency without a price it isn't sold."""

    key: str
    name: str
    sku: str | None = None
    prices: tuple[Price, ...] = ()
    is_default: bool = False
    nutrition: Nutrition = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainItem:
    """Something sold, under the category's key, with one size or more."""

    sku: str
    name: str
    category: str
    sizes: tuple[ChainSize, ...]
    description: str = ""
    groups: tuple[Attachment, ...] = ()
    tax_category: str = "standard"
    contains: frozenset[str] = frozenset()
    may_contain: frozenset[str] = frozenset()
    diets: frozenset[str] = frozenset()
    work: Mapping[str, int] = field(default_factory=dict)
    batch_size: int = 1
    available_hours: str | None = None
    available_from: date | None = None
    available_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainMenu:
    """Categories, groups and items in the order in which a menu shows them."""

    categories: tuple[ChainCategory, ...] = ()
    groups: tuple[ChainGroup, ...] = ()
    items: tuple[ChainItem, ...] = ()
