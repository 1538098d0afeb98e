"""Tables of preferences: what is said now, and every version of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, new_id
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
