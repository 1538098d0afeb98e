"""From tables to a store's compiled menu: prices by the most specific scope, attachments with their overrides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import (
    MenuCategory,
    MenuGroup,
    MenuItem,
    MenuItemGroup,
    MenuOption,
    MenuOptionGroup,
    MenuOptionPrice,
    MenuSize,
    MenuSizePrice,
    SoldOutMark,
    StockCount,
)
from ..rules import Category, Group, Item, Menu, Nutrition, Option, Size

Row = sa.RowMapping


def _live(model: Any, *order: Any) -> sa.Select[Any]:
    return sa.select(model.__table__).where(model.removed_at.is_(None)).order_by(*order)


_CATEGORIES = _live(MenuCategory, MenuCategory.position, MenuCategory.id)
_ITEMS = _live(MenuItem, MenuItem.position, MenuItem.id)
_SIZES = _live(MenuSize, MenuSize.position, MenuSize.id)
_GROUPS = _live(MenuGroup, MenuGroup.id)
_OPTIONS = _live(MenuOption, MenuOption.position, MenuOption.id)
_ITEM_GROUPS = sa.select(MenuItemGroup.__table__).order_by(MenuItemGroup.position)
_OPTION_GROUPS = sa.select(MenuOptionGroup.__table__).order_by(MenuOptionGroup.position)
_SCOPES: sa.BindParameter[list[str]] = sa.bindparam("scopes", expanding=True)
_SIZE_PRICES = sa.select(MenuSizePrice.__table__).where(MenuSizePrice.scope.in_(_SCOPES))
_OPTION_PRICES = sa.select(MenuOptionPrice.__table__).where(MenuOptionPrice.scope.in_(_SCOPES))
_PRICED_OPTIONS = sa.select(MenuOptionPrice.option_id).distinct()
_STORE = sa.bindparam("store_id", type_=sa.Uuid())
_SOLD_OUT = sa.select(SoldOutMark.__table__).where(SoldOutMark.store_id == _STORE)
_STOCK = sa.select(StockCount.item_id, StockCount.units_left).where(StockCount.store_id == _STORE)


@dataclass(slots=True, kw_only=True)
class Sources:
    """The rows that a store's menu is made of; `scopes` from the widest to the most specific."""

    scopes: tuple[str, ...]
    categories: Sequence[Row]
    items: Sequence[Row]
    sizes: Sequence[Row]
    groups: Sequence[Row]
    options: Sequence[Row]
    item_groups: Sequence[Row]
    option_groups: Sequence[Row]
    size_prices: Sequence[Row]
    option_prices: Sequence[Row]
    priced_options: frozenset[UUID]
    sold_out: Mapping[tuple[str, UUID], Row]
    stock: Mapping[UUID, int]

    @classmethod
    def read(cls, session: Session, *, store_id: UUID, country: str) -> Sources:
        """Read the rows of the store's menu."""

        def rows(statement: sa.Select[*tuple[Any, ...]], **values: Any) -> Sequence[Row]:
            return session.execute(statement, values).mappings().all()

        scopes = ("chain", f"market:{country}", f"store:{store_id}")
        return cls(
            scopes=scopes,
            categories=rows(_CATEGORIES),
            items=rows(_ITEMS),
            sizes=rows(_SIZES),
            groups=rows(_GROUPS),
            options=rows(_OPTIONS),
            item_groups=rows(_ITEM_GROUPS),
            option_groups=rows(_OPTION_GROUPS),
            size_prices=rows(_SIZE_PRICES, scopes=scopes),
            option_prices=rows(_OPTION_PRICES, scopes=scopes),
            priced_options=frozenset(session.execute(_PRICED_OPTIONS).scalars()),
            sold_out={(row["kind"], row["subject_id"]): row for row in rows(_SOLD_OUT, store_id=store_id)},
            stock={row["item_id"]: row["units_left"] for row in rows(_STOCK, store_id=store_id)},
        )


def compile_menu(sources: Sources, *, store_id: UUID, currency: str, version: int) -> Menu:
    """Return the menu that the rows make for the store in its currency.

    A size without a price in the currency isn't sold here, nor an item without any size; an option that has prices,
    but none here, isn't offered.
    """
    compiling = _Compiling(sources, currency)
    items = {item.id: item for row in sources.items if (item := compiling.item(row)) is not None}
    return Menu(
        store_id=store_id,
        currency=currency,
        version=version,
        categories=_categories(sources.categories, items.values()),
        items=items,
    )


def _categories(rows: Iterable[Row], items: Iterable[Item]) -> tuple[Category, ...]:
    """Return the headings that have an item here, with all above them."""
    found = {
        row["id"]: Category(
            id=row["id"], key=row["key"], name=row["name"], parent_id=row["parent_id"], position=row["position"]
        )
        for row in rows
    }
    used: set[UUID] = set()
    for item in items:
        above: UUID | None = item.category_id
        while above is not None and above in found and above not in used:
            used.add(above)
            above = found[above].parent_id
    return tuple(category for category in found.values() if category.id in used)


class _Compiling:
    def __init__(self, sources: Sources, currency: str) -> None:
        self._sources, self._currency = sources, currency
        self._groups = {row["id"]: row for row in sources.groups}
        self._sizes = _by(sources.sizes, "item_id")
        self._options = _by(sources.options, "group_id")
        self._item_groups = _by(sources.item_groups, "item_id")
        self._option_groups = _by(sources.option_groups, "option_id")
        self._size_prices = self._resolved(sources.size_prices, "size_id")
        self._option_prices = self._resolved(sources.option_prices, "option_id")
        self._compiled_options: dict[UUID, tuple[Option, ...]] = {}

    def _resolved(self, rows: Iterable[Row], owner: str) -> dict[UUID, dict[str, int]]:
        """Return each owner's prices here by size key: of each, the one of the most specific scope."""
        rank = {scope: place for place, scope in enumerate(self._sources.scopes)}
        prices: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
        for row in sorted(rows, key=lambda row: rank[row["scope"]]):
            if row["currency"] == self._currency:
                prices[row[owner]][row.get("size_key", "*")] = row["amount_minor"]
        return dict(prices)

    def item(self, row: Row) -> Item | None:
        sizes = tuple(size for each in self._sizes[row["id"]] if (size := self._size(each)) is not None)
        if not sizes:
            return None
        mark = self._sources.sold_out.get(("item", row["id"]))
        left = self._sources.stock.get(row["id"])
        return Item(
            id=row["id"],
            sku=row["sku"],
            name=row["name"],
            description=row["description"],
            category_id=row["category_id"],
            position=row["position"],
            tax_category=row["tax_category"],
            sizes=sizes,
            groups=self._attached(self._item_groups[row["id"]]),
            contains=frozenset(row["contains"]),
            may_contain=frozenset(row["may_contain"]),
            diets=frozenset(row["diets"]),
            work=row["work"],
            batch_size=row["batch_size"],
            available_hours=row["available_hours"],
            available_from=row["available_from"],
            available_until=row["available_until"],
            is_sold_out=mark is not None,
            sold_out_until=mark["until"] if mark is not None else None,
            counted_stock=left is not None,
            is_out_of_stock=left == 0,
        )

    def _size(self, row: Row) -> Size | None:
        prices = self._size_prices.get(row["id"])
        if prices is None:
            return None
        mark = self._sources.sold_out.get(("size", row["id"]))
        return Size(
            id=row["id"],
            key=row["key"],
            name=row["name"],
            position=row["position"],
            sku=row["sku"],
            price_minor=prices["*"],
            nutrition=_nutrition(row["nutrition"]),
            is_default=row["is_default"],
            is_sold_out=mark is not None,
            sold_out_until=mark["until"] if mark is not None else None,
        )

    def _attached(self, attachments: Iterable[Row]) -> tuple[Group, ...]:
        return tuple(self._group(each) for each in attachments if each["group_id"] in self._groups)

    def _group(self, attached: Row) -> Group:
        row = self._groups[attached["group_id"]]

        def told(name: str) -> Any:
            return row[name] if attached[name] is None else attached[name]

        return Group(
            id=row["id"],
            key=row["key"],
            name=row["name"],
            min=told("min"),
            max=told("max"),
            max_per_option=told("max_per_option"),
            free_quantity=told("free_quantity"),
            hidden=told("hidden"),
            position=attached["position"],
            options=self._options_of(row["id"]),
        )

    def _options_of(self, group_id: UUID) -> tuple[Option, ...]:
        """Return the group's options, compiled once however often the group is attached."""
        if group_id not in self._compiled_options:
            rows = self._options[group_id]
            options = tuple(self._option(row) for row in rows if self._is_offered(row["id"]))
            self._compiled_options[group_id] = options
        return self._compiled_options[group_id]

    def _is_offered(self, option_id: UUID) -> bool:
        return option_id in self._option_prices or option_id not in self._sources.priced_options

    def _option(self, row: Row) -> Option:
        mark = self._sources.sold_out.get(("option", row["id"]))
        return Option(
            id=row["id"],
            key=row["key"],
            name=row["name"],
            kind=row["kind"],
            max_length=row["max_length"],
            price_rule=row["price_rule"],
            prices=self._option_prices.get(row["id"], {}),
            default_quantity=row["default_quantity"],
            nutrition={size: _nutrition(facts) for size, facts in row["nutrition"].items()},
            contains=frozenset(row["contains"]),
            may_contain=frozenset(row["may_contain"]),
            work=row["work"],
            groups=self._attached(self._option_groups[row["id"]]),
            position=row["position"],
            is_sold_out=mark is not None,
            sold_out_until=mark["until"] if mark is not None else None,
        )


def _by(rows: Iterable[Row], owner: str) -> defaultdict[UUID, list[Row]]:
    found: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[owner]].append(row)
    return found


def _nutrition(facts: Mapping[str, str]) -> Nutrition:
    return {name: Decimal(amount) for name, amount in facts.items()}
