"""Tables of standing orders: what each says, and what became of each of its days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base, new_id
from ..rules.schedule import IF_UNMAKEABLE, MOST_STANDING_ORDERS, OUTCOMES

_IS_DUE = sa.text("due_at IS NOT NULL")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN (" + ", ".join(f"'{value}'" for value in values) + ")"


class StandingOrder(Base):
    """A usual on a schedule that its customer wrote: `recurrence` (RFC 5545) from `starts_on`, at the wall time `at` of
    the store's zone. Without `store_id` it is the usual's own store.

    `skips` are local dates; so are `paused_from` and `paused_until`, both paused, without the latter until further
    notice. `done_on` is the last day that something became of, `next_on` the next, NULL where there is none; `due_at`
    is when a worker looks at it next, after `attempts` that failed. `number` counts the customer's standing orders, so
    that the database bounds them.
    """

    __tablename__ = "standing_orders"
    __table_args__ = (
        sa.UniqueConstraint("customer_id", "number"),
        sa.Index("ix_standing_orders_due_at", "due_at", "id", postgresql_where=_IS_DUE, sqlite_where=_IS_DUE),
        sa.Index("ix_standing_orders_usual_id", "usual_id"),
        sa.CheckConstraint(f"number BETWEEN 1 AND {MOST_STANDING_ORDERS}", name="number"),
        sa.CheckConstraint("version > 0", name="version"),
        sa.CheckConstraint("ceiling_minor > 0", name="ceiling"),
        sa.CheckConstraint(_one_of("if_unmakeable", IF_UNMAKEABLE), name="if_unmakeable"),
        sa.CheckConstraint("(next_on IS NULL) = (due_at IS NULL)", name="due_has_day"),
        sa.CheckConstraint("next_on > done_on", name="next_is_after_done"),
        sa.CheckConstraint("paused_until IS NULL OR paused_from <= paused_until", name="pause"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    number: Mapped[int]
    usual_id: Mapped[UUID]
    store_id: Mapped[UUID | None]
    recurrence: Mapped[str]
    starts_on: Mapped[date]
    at: Mapped[str]
    ceiling_minor: Mapped[int] = mapped_column(sa.BigInteger)
    ceiling_currency: Mapped[str]
    # Who pays, and with which tip, as a quote takes them; None: as its customer says of every order.
    tenders: Mapped[list[Any] | None]
    tip: Mapped[dict[str, Any] | None]
    if_unmakeable: Mapped[str]
    skips: Mapped[list[Any]]
    paused_from: Mapped[date | None]
    paused_until: Mapped[date | None]
    done_on: Mapped[date | None]
    next_on: Mapped[date | None]
    due_at: Mapped[datetime | None]
    attempts: Mapped[int]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class StandingOrderDay(Base):
    """What became of one day of a standing order: one row at most, so that no two workers ever place two.

    `detail` is what the customer is asked about, where they are. A day that was placed has `failed` where its card
    doesn't pay.
    """

    __tablename__ = "standing_order_days"
    __table_args__ = (
        sa.CheckConstraint(_one_of("outcome", OUTCOMES), name="became"),
        sa.CheckConstraint("(outcome IN ('placed', 'failed')) = (order_id IS NOT NULL)", name="ordered"),
    )

    standing_order_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("standing_orders.id", ondelete="CASCADE"), primary_key=True
    )
    on_date: Mapped[date] = mapped_column(primary_key=True)
    outcome: Mapped[str]
    reason: Mapped[str | None]
    order_id: Mapped[UUID | None]
    pickup_at: Mapped[datetime]
    detail: Mapped[dict[str, Any] | None]
    happened_at: Mapped[datetime]
