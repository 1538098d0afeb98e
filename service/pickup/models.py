"""Tables of the queue: where each line stands at each station, marks on tickets, what staff did, links to boards."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, new_id
from .rules.rows import KINDS, RowState

_UNSEEN = sa.text("voided_at IS NOT NULL AND seen_at IS NULL")


def _one_of(column: str, names: Any) -> str:
    return f"{column} IN (" + ", ".join(f"'{name}'" for name in names) + ")"


class LineStation(Base):
    """Where one line of an order stands at one station. A row appears when someone first touches it; without one the
    line waits there."""

    __tablename__ = "line_stations"
    __table_args__ = (
        sa.CheckConstraint(_one_of("state", RowState), name="state"),
        sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_has_instant"),
        sa.CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done_has_person"),
    )

    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    station: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    started_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None]


class TicketMark(Base):
    """What is said about a whole ticket: that it is urgent; that its order was voided after it was fired, and who has
    seen that. An order without marks has no row."""

    __tablename__ = "ticket_marks"
    __table_args__ = (
        sa.Index("ix_ticket_marks_unseen", "store_id", postgresql_where=_UNSEEN, sqlite_where=_UNSEEN),
        sa.CheckConstraint("(rushed_at IS NULL) = (rushed_by IS NULL)", name="rush_has_person"),
        sa.CheckConstraint("(seen_at IS NULL) = (seen_by IS NULL)", name="seen_has_person"),
        sa.CheckConstraint("seen_at IS NULL OR voided_at IS NOT NULL", name="only_voids_are_seen"),
    )

    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    store_id: Mapped[UUID]
    rushed_at: Mapped[datetime | None]
    rushed_by: Mapped[UUID | None]
    voided_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[UUID | None]


class _Done:
    """One thing that staff did at the queue, who and when; append-only but for being undone. `rows` holds what it
    changed: position, station, from which state to which."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    store_id: Mapped[UUID]
    kind: Mapped[str]
    rows: Mapped[list[Any]]
    by: Mapped[UUID]
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]


def _checks() -> tuple[sa.CheckConstraint, ...]:
    return (
        sa.CheckConstraint(_one_of("kind", KINDS), name="kind"),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_has_person"),
    )


class Bump(_Done, Base):
    """Something done to an order."""

    __tablename__ = "bumps"
    __table_args__ = (sa.Index("ix_bumps_order_id", "order_id"), *_checks())

    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"))


class WalkInBump(_Done, Base):
    """Something done to a walk-in."""

    __tablename__ = "walk_in_bumps"
    __table_args__ = (sa.Index("ix_walk_in_bumps_walk_in_id", "walk_in_id"), *_checks())

    walk_in_id: Mapped[UUID] = mapped_column(sa.ForeignKey("walk_ins.id", ondelete="CASCADE"))


class QueueSettings(Base):
    """How a store reads its queue: the ages of a ticket that call for attention, and how long the board shows what is
    ready. A store without a row has the defaults."""

    __tablename__ = "queue_settings"
    __table_args__ = (
        sa.CheckConstraint("hurry_after_seconds BETWEEN 10 AND 86400", name="hurry_after"),
        sa.CheckConstraint("late_after_seconds BETWEEN hurry_after_seconds AND 86400", name="late_after_hurry"),
        sa.CheckConstraint("board_clears_after_seconds BETWEEN 60 AND 86400", name="board_clears_after"),
    )

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    hurry_after_seconds: Mapped[int]
    late_after_seconds: Mapped[int]
    board_clears_after_seconds: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]


class BoardLink(Base):
    """A link that shows a store's ready board to whoever has it, until it is revoked. Only its token's hash is kept."""

    __tablename__ = "board_links"
    __table_args__ = (
        sa.UniqueConstraint("token_hash"),
        sa.Index("ix_board_links_store_id_id", "store_id", "id"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name="name"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked_has_person"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    store_id: Mapped[UUID]
    name: Mapped[str]
    token_hash: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None]
