"""Tables of preferences: what is said now, every version of it, and the usuals."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, new_id
from .rules.usuals import MOST_USUALS
from .rules.versions import HOW


class Preference(Base):
    """What a customer says of a kind, as it stands; `value` NULL: nothing any more.

    `version` only ever grows, so the sum of a customer's versions names the state of all they say.
    """

    __tablename__ = "preferences"
    __table_args__ = (
        sa.UniqueConstraint("id"),
        sa.CheckConstraint("version > 0", name="version"),
    )

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(default=new_id)
    version: Mapped[int]
    value: Mapped[dict[str, Any] | None]
    said_at: Mapped[datetime]


class PreferenceVersion(Base):
    """One version: appended, never changed; forgetting takes its `value` away and leaves the rest (a trigger refuses
    any other change). `how` says what made it, `restored` the version that an undo brought back."""

    __tablename__ = "preference_versions"
    __table_args__ = (
        sa.CheckConstraint("how IN (" + ", ".join(f"'{how}'" for how in HOW) + ")", name="how"),
        sa.CheckConstraint("(how = 'undone') = (restored IS NOT NULL)", name="undone_restores"),
        sa.CheckConstraint("restored < version", name="restores_an_earlier_one"),
        sa.CheckConstraint("forgotten_at IS NULL OR value IS NULL", name="forgotten_has_no_value"),
    )

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    how: Mapped[str]
    value: Mapped[dict[str, Any] | None]
    restored: Mapped[int | None]
    said_at: Mapped[datetime]
    forgotten_at: Mapped[datetime | None]


class Usual(Base):
    """A basket that its customer named.

    `basket` is what they said: lines, pickup, if_unavailable. `saved` is what it held and cost when it was saved, by
    line (None for one that had no price then); None where it names no store. `number` counts the customer's usuals, so
    that the database bounds them; `place` is where it stands in their list.
    """

    __tablename__ = "usuals"
    __table_args__ = (
        sa.UniqueConstraint("customer_id", "number"),
        sa.CheckConstraint(f"number BETWEEN 1 AND {MOST_USUALS}", name="number"),
        sa.CheckConstraint("version > 0", name="version"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name="name"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    number: Mapped[int]
    place: Mapped[int]
    name: Mapped[str]
    store_id: Mapped[UUID | None]
    basket: Mapped[dict[str, Any]]
    price_ceiling: Mapped[dict[str, Any] | None]
    saved: Mapped[dict[str, Any] | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
