"""Tables of the promise: capacity and its claims, the ledger, walk-ins."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base, new_id


class CapacitySlot(Base):
    """Seconds of work claimed and possible at one station of a store in one slot. The database refuses more."""

    __tablename__ = "capacity_slots"
    __table_args__ = (
        sa.CheckConstraint("claimed_seconds BETWEEN 0 AND capacity_seconds", name="within_capacity"),
        sa.Index("ix_capacity_slots_slot_at", "slot_at"),
    )

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    station: Mapped[str] = mapped_column(primary_key=True)
    slot_at: Mapped[datetime] = mapped_column(primary_key=True)
    claimed_seconds: Mapped[int]
    capacity_seconds: Mapped[int]


class CapacityClaim(Base):
    """Seconds that one order holds in one slot, so that exactly they can be given back."""

    __tablename__ = "capacity_claims"
    __table_args__ = (sa.CheckConstraint("seconds > 0", name="seconds"),)

    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    station: Mapped[str] = mapped_column(primary_key=True)
    slot_at: Mapped[datetime] = mapped_column(primary_key=True)
    store_id: Mapped[UUID]
    seconds: Mapped[int]


class PromiseEntry(Base):
    """What became of an order's promise after it was first made; append-only (a trigger refuses all else).

    The first promise stands on the order, and another trigger keeps it. `changed`: the customer took another window.
    `proposed`: the store can't keep it and names another; it holds only once `accepted` (`accepts` is its number).
    `kept` or `missed`: told once, when the order was first ready; with a miss the remedy that was applied.
    """

    __tablename__ = "promises"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('changed', 'proposed', 'accepted', 'kept', 'missed')", name="kind"),
        sa.CheckConstraint("(kind = 'accepted') = (accepts IS NOT NULL)", name="accepts"),
        sa.CheckConstraint("(kind = 'missed') = (remedy IS NOT NULL)", name="remedy"),
        sa.Index(
            "uq_promises_outcome",
            "order_id",
            unique=True,
            postgresql_where=sa.text("kind IN ('kept', 'missed')"),
            sqlite_where=sa.text("kind IN ('kept', 'missed')"),
        ),
    )

    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    window_starts_at: Mapped[datetime]
    window_ends_at: Mapped[datetime]
    accepts: Mapped[int | None]
    remedy: Mapped[str | None]
    happened_at: Mapped[datetime]


class WalkIn(Base):
    """Someone who orders in the shop: their work takes the next free seconds, and their claims stand here."""

    __tablename__ = "walk_ins"
    __table_args__ = (
        sa.Index(
            "ix_walk_ins_store_id_open",
            "store_id",
            "registered_at",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    store_id: Mapped[UUID]
    label: Mapped[str | None]
    work: Mapped[dict[str, Any]]
    station_starts: Mapped[dict[str, Any]]
    claims: Mapped[list[Any]]
    make_seconds_ahead: Mapped[int]
    expected_at: Mapped[datetime]
    registered_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
