"""What a customer gives away: transfers to another customer, and gift cards."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base, new_id


class Transfer(Base):
    """Money on its way to whoever reads an address; it waits in an account of its own, whose owner is the transfer."""

    __tablename__ = "wallet_transfers"
    __table_args__ = (
        sa.Index("ix_wallet_transfers_sender_id_id", "sender_id", "id"),
        sa.Index("ix_wallet_transfers_receiver_id_id", "receiver_id", "id"),
        sa.Index("ix_wallet_transfers_offered_to_id", "offered_to", "id"),
        sa.Index(
            "ix_wallet_transfers_expires_at",
            "expires_at",
            "id",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        ),
        sa.CheckConstraint("offered_to = lower(offered_to)", name="offered_to_lower"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("length(message) BETWEEN 1 AND 140", name="message"),
        sa.CheckConstraint("state IN ('offered', 'accepted', 'refused', 'withdrawn', 'returned')", name="state"),
        sa.CheckConstraint("(state = 'offered') = (ended_at IS NULL)", name="offered_has_no_end"),
        sa.CheckConstraint("state <> 'accepted' OR receiver_id IS NOT NULL", name="accepted_by_receiver"),
        sa.CheckConstraint("sender_id <> receiver_id", name="two_people"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sender_id: Mapped[UUID]
    receiver_id: Mapped[UUID | None]
    offered_to: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str]
    message: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="offered")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class GiftCard(Base):
    """Money of whoever has the code, until somebody claims it; only the code's hash is kept."""

    __tablename__ = "gift_cards"
    __table_args__ = (
        sa.UniqueConstraint("code_hash"),
        sa.Index("ix_gift_cards_buyer_id_id", "buyer_id", "id"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("length(label) BETWEEN 1 AND 60", name="label"),
        sa.CheckConstraint("(claimed_by IS NULL) = (claimed_at IS NULL)", name="claimed_by_someone"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code_hash: Mapped[str]
    buyer_id: Mapped[UUID]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str]
    label: Mapped[str | None]
    bought_at: Mapped[datetime]
    claimed_by: Mapped[UUID | None]
    claimed_at: Mapped[datetime | None]
