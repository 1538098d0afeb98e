"""Tables of the menu: the chain's items, sizes, groups, options and prices; what a store sold out or counts.

Prices' `scope` is `chain`, `market:US` (ISO 3166) or `store:<id>`; the most specific one of a currency holds.
`removed_at` keeps what orders and usuals still name; what is removed is on no menu.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, BigId, new_id

_SCOPE = "scope = 'chain' OR scope LIKE 'market:__' OR scope LIKE 'store:%'"
_CURRENCY = "length(currency) = 3 AND currency = upper(currency)"


class MenuCategory(Base):
    """A heading of the menu, by its `key`."""

    __tablename__ = "menu_categories"
    __table_args__ = (
        sa.UniqueConstraint("key"),
        sa.CheckConstraint("parent_id <> id", name="not_its_own_parent"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str]
    name: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("menu_categories.id"))
    position: Mapped[int]
    removed_at: Mapped[datetime | None]


class MenuItem(Base):
    """Something sold, by its `sku`; `work` is seconds by station kind for up to `batch_size` pieces."""

    __tablename__ = "menu_items"
    __table_args__ = (
        sa.UniqueConstraint("sku"),
        sa.Index("ix_menu_items_category_id", "category_id"),
        sa.CheckConstraint("batch_size > 0", name="batch_size_positive"),
        sa.CheckConstraint("available_from <= available_until", name="days_in_order"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sku: Mapped[str]
    name: Mapped[str]
    description: Mapped[str]
    category_id: Mapped[UUID] = mapped_column(sa.ForeignKey("menu_categories.id"))
    position: Mapped[int]
    tax_category: Mapped[str]
    contains: Mapped[list[Any]]
    may_contain: Mapped[list[Any]]
    diets: Mapped[list[Any]]
    work: Mapped[dict[str, Any]]
    batch_size: Mapped[int]
    available_hours: Mapped[str | None]
    available_from: Mapped[date | None]
    available_until: Mapped[date | None]
    removed_at: Mapped[datetime | None]


class MenuSize(Base):
    """A size of an item; `nutrition` holds decimals as text, per one piece."""

    __tablename__ = "menu_sizes"
    __table_args__ = (sa.UniqueConstraint("item_id", "key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("menu_items.id"))
    key: Mapped[str]
    name: Mapped[str]
    sku: Mapped[str | None]
    position: Mapped[int]
    is_default: Mapped[bool]
    nutrition: Mapped[dict[str, Any]]
    removed_at: Mapped[datetime | None]


class MenuGroup(Base):
    """A modifier group, by its `ref`; several groups may share a `key` (each drink's own "milk")."""

    __tablename__ = "menu_groups"
    __table_args__ = (
        sa.UniqueConstraint("ref"),
        sa.CheckConstraint("min >= 0 AND (max IS NULL OR max >= min)", name="min_max"),
        sa.CheckConstraint("max_per_option > 0", name="max_per_option_positive"),
        sa.CheckConstraint("free_quantity >= 0", name="free_quantity_not_negative"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    ref: Mapped[str]
    key: Mapped[str]
    name: Mapped[str]
    min: Mapped[int]
    max: Mapped[int | None]
    max_per_option: Mapped[int | None]
    free_quantity: Mapped[int]
    hidden: Mapped[bool]
    removed_at: Mapped[datetime | None]


class MenuOption(Base):
    """One choice of a group; `nutrition` is by size key, `*` for the other sizes, decimals as text."""

    __tablename__ = "menu_options"
    __table_args__ = (
        sa.UniqueConstraint("group_id", "key"),
        sa.CheckConstraint("kind IN ('choice', 'text')", name="kind"),
        sa.CheckConstraint("(kind = 'text') = (max_length IS NOT NULL)", name="text_has_length"),
        sa.CheckConstraint("price_rule IN ('flat', 'per_size', 'substitution')", name="price_rule"),
        sa.CheckConstraint("default_quantity >= 0", name="default_quantity_not_negative"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    group_id: Mapped[UUID] = mapped_column(sa.ForeignKey("menu_groups.id"))
    key: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    max_length: Mapped[int | None]
    price_rule: Mapped[str]
    default_quantity: Mapped[int]
    position: Mapped[int]
    nutrition: Mapped[dict[str, Any]]
    contains: Mapped[list[Any]]
    may_contain: Mapped[list[Any]]
    work: Mapped[dict[str, Any]]
    removed_at: Mapped[datetime | None]


class _Attachment:
    """A group's place under something; NULL inherits what the group itself says."""

    group_id: Mapped[UUID] = mapped_column(sa.ForeignKey("menu_groups.id"), primary_key=True)
    position: Mapped[int]
    min: Mapped[int | None]
    max: Mapped[int | None]
    max_per_option: Mapped[int | None]
    free_quantity: Mapped[int | None]
    hidden: Mapped[bool | None]


class MenuItemGroup(_Attachment, Base):
    """A group attached to an item."""

    __tablename__ = "menu_item_groups"
    __table_args__ = (sa.CheckConstraint("max >= min", name="min_max"),)

    item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("menu_items.id"), primary_key=True)


class MenuOptionGroup(_Attachment, Base):
    """A group nested under an option."""

    __tablename__ = "menu_option_groups"
    __table_args__ = (sa.CheckConstraint("max >= min", name="min_max"),)

    option_id: Mapped[UUID] = mapped_column(sa.ForeignKey("menu_options.id"), primary_key=True)


class MenuSizePrice(Base):
    """What a size costs in a currency and scope, in minor units."""

    __tablename__ = "menu_size_prices"
    __table_args__ = (
        sa.CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        sa.CheckConstraint(_SCOPE, name="scope"),
        sa.CheckConstraint(_CURRENCY, name="currency"),
    )

    size_id: Mapped[UUID] = mapped_column(sa.ForeignKey("menu_sizes.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    amount_minor: Mapped[int]


class MenuOptionPrice(Base):
    """What one unit of an option costs in a size (`*`: the other sizes), a currency and a scope, in minor units."""

    __tablename__ = "menu_option_prices"
    __table_args__ = (
        sa.CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        sa.CheckConstraint(_SCOPE, name="scope"),
        sa.CheckConstraint(_CURRENCY, name="currency"),
    )

    option_id: Mapped[UUID] = mapped_column(sa.ForeignKey("menu_options.id"), primary_key=True)
    size_key: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    amount_minor: Mapped[int]


class SoldOutMark(Base):
    """Something that a store can't make, until an instant or (NULL) until someone takes the mark away."""

    __tablename__ = "menu_sold_out"
    __table_args__ = (sa.CheckConstraint("kind IN ('item', 'size', 'option')", name="kind"),)

    store_id: Mapped[UUID] = mapped_column(sa.ForeignKey("stores.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    until: Mapped[datetime | None]
    marked_at: Mapped[datetime]


class StockCount(Base):
    """How many of an item a store has left; no row: the store doesn't count it. The check is what never oversells."""

    __tablename__ = "menu_stock"
    __table_args__ = (sa.CheckConstraint("units_left >= 0", name="never_oversold"),)

    store_id: Mapped[UUID] = mapped_column(sa.ForeignKey("stores.id"), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("menu_items.id"), primary_key=True)
    units_left: Mapped[int]


class MenuChange(Base):
    """One visible change of the menu, at a store or (store_id NULL) at all of them. Only ever appended.

    The highest `seq` that concerns a store is its menu's version. Writers take turns (`actions.changes`), so a
    lower `seq` never appears after a higher one was read.
    """

    __tablename__ = "menu_changes"
    __table_args__ = (
        sa.Index("ix_menu_changes_store_id_seq", "store_id", "seq"),
        sa.CheckConstraint("kind IN ('category', 'item', 'size', 'option')", name="kind"),
        sa.CheckConstraint("change IN ('upserted', 'removed')", name="change"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(BigId, sa.Identity(always=False), primary_key=True)
    store_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("stores.id"))
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    change: Mapped[str]
    at: Mapped[datetime]
