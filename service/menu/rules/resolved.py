"""What a customer asks for, and the line that it becomes: plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NamedTuple, Protocol
from uuid import UUID

from ...sources import Source
from .catalog import Group, Item, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifierRequest:
    """A named option: `quantity` 0 says "none of it", `text` is for a text option."""

    option_id: UUID
    quantity: int = 1
    text: str | None = None
    modifiers: tuple[ModifierRequest, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRequest:
    """What the customer asked for; None leaves a field open, an empty `note` says that there is none."""

    item_id: UUID
    size_id: UUID | None = None
    quantity: int | None = None
    modifiers: tuple[ModifierRequest, ...] = ()
    note: str | None = None


class Fills(Protocol):
    """What fills the fields of one line that the request leaves open; where it says None the item's default does."""

    def size(self, item: Item) -> tuple[Size, Source] | None:
        """Return the size to take."""

    def options(self, item: Item, group: Group) -> tuple[tuple[ModifierRequest, ...], Source] | None:
        """Return what a group of the item holds, at any depth; it must be allowed there."""

    def quantity(self, item: Item) -> tuple[int, Source] | None:
        """Return how many."""

    def note(self, item: Item) -> tuple[str, Source] | None:
        """Return the note to those who make it."""


class Part(NamedTuple):
    """The item of a line, or an option anywhere in its tree, with what it holds itself, below it apart.

    `path` is relative to the line: where the request names it, else where the tree has it (`groups.milk.whole`).
    `is_default`: it comes with what is above it.
    """

    path: str
    kind: Literal["item", "option"]
    id: UUID
    group_key: str | None
    key: str
    name: str
    contains: frozenset[str]
    may_contain: frozenset[str]
    is_default: bool
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedModifier:
    """One option in the line.

    `quantity` is per one of what holds it (the line's unit, or the option above). `price_minor` is this option's
    own price for one unit of the whole line, after free units, without its nested modifiers: so the base price
    and every `price_minor` of the tree add up to the unit price.
    """

    group_id: UUID
    group_key: str
    group_name: str
    option_id: UUID
    option_key: str
    name: str
    quantity: int
    text: str | None
    source: Source
    price_minor: int
    modifiers: tuple[ResolvedModifier, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it JSON-ready (UUIDs stay UUIDs)."""
        return _document(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedLine:
    """A line as it will be made and paid. Prices in minor units; nutrition and work are per one unit of the line.

    `without` names the defaults that the customer chose away and nothing took the place of.
    `parts` is all that it is made of, whoever put it there: the item, then its whole tree.
    `total_minor` = `unit_price_minor` × `quantity`. Facts named in `nutrition_incomplete` are lower bounds: some
    part of the line doesn't state them.
    """

    item_id: UUID
    item_sku: str
    item_name: str
    size_id: UUID
    size_key: str
    size_name: str
    size_source: Source
    quantity: int
    quantity_source: Source
    note: str | None
    note_source: Source | None
    base_price_minor: int
    unit_price_minor: int
    total_minor: int
    modifiers: tuple[ResolvedModifier, ...]
    without: tuple[str, ...]
    contains: frozenset[str]
    may_contain: frozenset[str]
    parts: tuple[Part, ...]
    diets: frozenset[str]
    nutrition: Mapping[str, Decimal]
    nutrition_incomplete: tuple[str, ...]
    work: Mapping[str, int]
    batch_size: int
    tax_category: str
    counted_stock: bool

    def document(self) -> dict[str, Any]:
        """Return it JSON-ready (UUIDs stay UUIDs): what an order keeps as its snapshot."""
        return _document(self)


def _document(resolved: ResolvedLine | ResolvedModifier) -> dict[str, Any]:
    return {name: _value(getattr(resolved, name)) for name in type(resolved).__slots__ if name != "parts"}


def _value(value: Any) -> Any:
    match value:
        case ResolvedModifier() | Source():
            return value.document()
        case frozenset():
            return sorted(value)
        case tuple():
            return [_value(entry) for entry in value]
        case Mapping():
            return {name: _value(entry) for name, entry in value.items()}
        case Decimal():
            return number(value)
    return value


def number(amount: Decimal) -> int | float:
    """Return a decimal as the JSON number that reads the same."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
