"""Tables of stores: the store, its stations, its dated exceptions from the hours, its tax rates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, new_id
from .rules.availability import WALK_IN_PERCENT


class Store(Base):
    """A place that makes orders. Every change of it or of its parts adds one to `version`.

    `hours` is in OSM opening_hours syntax, in local time. A pickup time lies at least `lead_minutes` ahead and at
    least `cutoff_minutes` before closing. `pickup_methods` begins with the store's default. `search_name` and
    `search_city` are case-folded, for sorting and finding. While `paused_at` is set the store takes no orders for
    before `paused_until`, or none at all where that is NULL. Of every slot to come `walk_in_percent` is kept free for
    walk-ins. While `busy_minutes` is not 0 they are added to the lead, until `busy_until` where that is set.
    `remedy_table` is what a missed promise gives in money (rules/remedies.py), nothing where it is empty.
    """

    __tablename__ = "stores"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.Index("ix_stores_latitude_longitude", "latitude", "longitude"),
        sa.Index("ix_stores_search_name_id", "search_name", "id"),
        sa.Index("ix_stores_search_city_search_name_id", "search_city", "search_name", "id"),
        sa.CheckConstraint("latitude >= -90 AND latitude <= 90", name="latitude"),
        sa.CheckConstraint("longitude >= -180 AND longitude <= 180", name="longitude"),
        sa.CheckConstraint("length(number) > 0 AND length(name) > 0 AND length(hours) > 0", name="not_empty"),
        sa.CheckConstraint("length(country) = 2 AND country = upper(country)", name="country"),
        sa.CheckConstraint("length(currency) = 3 AND currency = upper(currency)", name="currency"),
        sa.CheckConstraint("lead_minutes >= 0 AND lead_minutes <= 1440", name="lead_minutes"),
        sa.CheckConstraint("cutoff_minutes >= 0 AND cutoff_minutes <= 1440", name="cutoff_minutes"),
        sa.CheckConstraint(
            "paused_at IS NOT NULL OR (paused_until IS NULL AND pause_reason IS NULL)", name="pause_has_start"
        ),
        sa.CheckConstraint("paused_until > paused_at", name="pause_ends_after_start"),
        sa.CheckConstraint("walk_in_percent >= 0 AND walk_in_percent <= 90", name="walk_in_percent"),
        sa.CheckConstraint("busy_minutes >= 0 AND busy_minutes <= 240", name="busy_minutes"),
        sa.CheckConstraint("busy_minutes > 0 OR (busy_until IS NULL AND busy_reason IS NULL)", name="busy_has_minutes"),
        sa.CheckConstraint("version >= 1", name="version"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str]
    name: Mapped[str]
    search_name: Mapped[str]
    ownership: Mapped[str | None]
    street: Mapped[str | None]
    city: Mapped[str | None]
    search_city: Mapped[str | None]
    state: Mapped[str | None]
    country: Mapped[str]
    postcode: Mapped[str | None]
    phone: Mapped[str | None]
    latitude: Mapped[float]
    longitude: Mapped[float]
    timezone: Mapped[str]
    currency: Mapped[str]
    hours: Mapped[str]
    lead_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    cutoff_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    pickup_methods: Mapped[list[Any]]
    notice: Mapped[str | None]
    paused_at: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    pause_reason: Mapped[str | None]
    walk_in_percent: Mapped[int] = mapped_column(default=WALK_IN_PERCENT, server_default=str(WALK_IN_PERCENT))
    busy_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    busy_until: Mapped[datetime | None]
    busy_reason: Mapped[str | None]
    remedy_table: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    tax_inclusive: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime]


class Station(Base):
    """Where work is done in a store, by `makers` people or machines at once."""

    __tablename__ = "stations"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('bar', 'oven', 'cold')", name="kind"),
        sa.CheckConstraint("makers > 0 AND makers <= 100", name="makers"),
    )

    store_id: Mapped[UUID] = mapped_column(sa.ForeignKey("stores.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    makers: Mapped[int]


class HoursException(Base):
    """Other hours on one date: OSM time spans such as 08:00-12:00, or off."""

    __tablename__ = "hours_exceptions"
    __table_args__ = (sa.CheckConstraint("length(hours) > 0", name="not_empty"),)

    store_id: Mapped[UUID] = mapped_column(sa.ForeignKey("stores.id", ondelete="CASCADE"), primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    hours: Mapped[str]


class TaxRate(Base):
    """The rate of a tax category in a store, in basis points; every store has `standard`."""

    __tablename__ = "tax_rates"
    __table_args__ = (
        sa.CheckConstraint("rate_bps >= 0 AND rate_bps <= 10000", name="rate_bps"),
        sa.CheckConstraint("length(category) > 0", name="category"),
    )

    store_id: Mapped[UUID] = mapped_column(sa.ForeignKey("stores.id", ondelete="CASCADE"), primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    rate_bps: Mapped[int]
