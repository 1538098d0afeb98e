"""Tables of the promise: capacity and its claims, the ledger, walk-ins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base, new_id
from ..rules.states import WALK_IN_ENDED, WALK_IN_OPEN


def _quoted(states: Iterable[str]) -> str:
    return ", ".join(f"'{state}'" for state in states)


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
    `kept` or `missed`: told once, when the order was first ready; with a miss the remedy that was
    applied, and what it gave in money (`remedy_minor`, of the order's currency).
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
    remedy_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    happened_at: Mapped[datetime]


class WalkIn(Base):
    """Someone who orders in the shop: their work takes the next free seconds, and their claims stand here.

    `lines` are what to make: position, quantity, seconds of work by station, what the menu asks for it before tax that
    comes on top, and the document as it would be sold, None where only seconds were said. `rows` are where they stand
    at their stations, those that anyone touched; `stock` is what it took off the counted units. `fire_at` is when its
    first station starts.
    """

    __tablename__ = "walk_ins"
    __table_args__ = (
        sa.CheckConstraint(f"state IN ({_quoted(WALK_IN_OPEN + WALK_IN_ENDED)})", name="state"),
        sa.CheckConstraint(f"ended_at IS NOT NULL OR state IN ({_quoted(WALK_IN_OPEN)})", name="ended_has_instant"),
        sa.Index(
            "ix_walk_ins_store_id_open",
            "store_id",
            "registered_at",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index(
            "ix_walk_ins_store_id_ended",
            "store_id",
            "ended_at",
            postgresql_where=sa.text("ended_at IS NOT NULL"),
            sqlite_where=sa.text("ended_at IS NOT NULL"),
        ),
        sa.CheckConstraint("forgotten_at IS NULL OR label IS NULL", name="forgotten"),
        sa.Index(
            "ix_walk_ins_remembered",
            "ended_at",
            postgresql_where=sa.text("forgotten_at IS NULL AND ended_at IS NOT NULL"),
            sqlite_where=sa.text("forgotten_at IS NULL AND ended_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    store_id: Mapped[UUID]
    label: Mapped[str | None]
    state: Mapped[str]
    version: Mapped[int]
    work: Mapped[dict[str, Any]]
    lines: Mapped[list[Any]]
    rows: Mapped[list[Any]]
    stock: Mapped[dict[str, Any]]
    station_starts: Mapped[dict[str, Any]]
    claims: Mapped[list[Any]]
    make_seconds_ahead: Mapped[int]
    fire_at: Mapped[datetime]
    expected_at: Mapped[datetime]
    registered_at: Mapped[datetime]
    registered_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]
    # What staff typed of the person is gone since.
    forgotten_at: Mapped[datetime | None]
