"""What comes in and goes out: loads, the customer's own rule for them, and cash-outs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base, new_id


class Load(Base):
    """Money that a payment method brings into a wallet: asked for, then settled or failed.

    `refunded_minor` went back to the method, by cash-outs that were not returned.
    """

    __tablename__ = "wallet_loads"
    __table_args__ = (
        sa.Index("ix_wallet_loads_customer_id_id", "customer_id", "id"),
        # One automatic load at a time, however many spends find the wallet below its threshold at once.
        sa.Index(
            "uq_wallet_loads_automatic",
            "customer_id",
            unique=True,
            postgresql_where=sa.text("begun_by = 'auto_reload' AND state = 'pending'"),
            sqlite_where=sa.text("begun_by = 'auto_reload' AND state = 'pending'"),
        ),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="refunded"),
        sa.CheckConstraint("begun_by IN ('customer', 'auto_reload')", name="begun_by"),
        sa.CheckConstraint("state IN ('pending', 'settled', 'failed')", name="state"),
        sa.CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name="pending_has_no_end"),
        sa.CheckConstraint("state = 'settled' OR refunded_minor = 0", name="settled_is_refunded"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str]
    begun_by: Mapped[str]
    # No foreign keys: payments keep these.
    payment_method_id: Mapped[UUID]
    intent_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="pending")
    reason: Mapped[str | None]
    refunded_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class AutoReload(Base):
    """The customer's own rule: load so much when paying leaves less than so much, and never more in seven days.

    Switched off it keeps its row, so that its version only grows.
    """

    __tablename__ = "wallet_auto_reloads"
    __table_args__ = (
        sa.CheckConstraint("version > 0", name="version"),
        sa.CheckConstraint("threshold_minor > 0 AND amount_minor > 0", name="amounts"),
        sa.CheckConstraint("weekly_cap_minor >= amount_minor", name="cap_allows_one"),
    )

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    is_on: Mapped[bool]
    currency: Mapped[str]
    threshold_minor: Mapped[int] = mapped_column(sa.BigInteger)
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    weekly_cap_minor: Mapped[int] = mapped_column(sa.BigInteger)
    payment_method_id: Mapped[UUID]
    version: Mapped[int]
    updated_at: Mapped[datetime]


class CashOut(Base):
    """Money that leaves a wallet for good: back to payment methods (its parts), or over the counter of a store, where
    `code` proves whose it is."""

    __tablename__ = "wallet_cash_outs"
    __table_args__ = (
        sa.UniqueConstraint("code"),
        sa.Index("ix_wallet_cash_outs_customer_id_id", "customer_id", "id"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("channel IN ('payment_method', 'till')", name="channel"),
        sa.CheckConstraint("(channel = 'till') = (code IS NOT NULL)", name="till_has_code"),
        sa.CheckConstraint("state IN ('pending', 'paid', 'withdrawn', 'returned')", name="state"),
        sa.CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name="pending_has_no_end"),
        sa.CheckConstraint("store_id IS NULL OR (channel = 'till' AND state = 'paid')", name="store_paid_at_till"),
        sa.CheckConstraint("(store_id IS NULL) = (paid_by IS NULL)", name="paid_by_staff"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str]
    channel: Mapped[str]
    code: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="pending")
    store_id: Mapped[UUID | None]
    paid_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CashOutPart(Base):
    """The part of a cash-out that goes back to where one load came from."""

    __tablename__ = "wallet_cash_out_parts"
    __table_args__ = (
        sa.UniqueConstraint("cash_out_id", "load_id"),
        sa.Index("ix_wallet_cash_out_parts_load_id", "load_id"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("state IN ('pending', 'paid', 'returned')", name="state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    cash_out_id: Mapped[UUID] = mapped_column(sa.ForeignKey("wallet_cash_outs.id"))
    load_id: Mapped[UUID] = mapped_column(sa.ForeignKey("wallet_loads.id"))
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    state: Mapped[str] = mapped_column(default="pending")
