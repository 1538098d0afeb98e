"""The ledger: accounts, transactions, entries, and what is held of a wallet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base, new_id
from ..rules.ledger import COUNTED, HOUSE, MOVEMENTS


def _one_of(names: Iterable[str]) -> str:
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"


_HAS_ORDER = sa.text("order_id IS NOT NULL")
_IS_REMEDY = sa.text("kind = 'remedy'")


class LedgerAccount(Base):
    """An account. Of a counted one (rules.ledger.COUNTED), `balance_minor` is the sum of its `entry_count` entries and
    `held_minor` the part of it that is promised to something; of a house account all three stay 0."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        sa.CheckConstraint(f"kind IN {_one_of((*COUNTED, *HOUSE))}", name="kind"),
        sa.CheckConstraint("length(currency) = 3", name="currency"),
        sa.CheckConstraint("balance_minor >= 0", name="balance"),
        sa.CheckConstraint("held_minor BETWEEN 0 AND balance_minor", name="held"),
        sa.CheckConstraint("held_minor = 0 OR kind = 'wallet'", name="only_wallets_hold"),
        sa.CheckConstraint("kind <> 'breakage' OR balance_minor = 0", name="nothing_lapses"),
        sa.CheckConstraint(
            f"kind IN {_one_of(COUNTED)} OR (balance_minor = 0 AND entry_count = 0)", name="house_is_summed"
        ),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    # No foreign key: of a customer, a gift card, a transfer or a store; all zeros for the chain.
    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    balance_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    held_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    entry_count: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    opened_at: Mapped[datetime]


class LedgerTransaction(Base):
    """A movement, written after its entries: that closes it. A trigger refuses one whose entries aren't two at least
    and zero in every currency, and any entry that comes later. Only `order_id` changes, to nothing: once the order is
    forgotten."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        sa.UniqueConstraint("kind", "purpose", "purpose_id"),
        sa.CheckConstraint(f"kind IN {_one_of(MOVEMENTS)}", name="kind"),
        sa.Index("ix_ledger_transactions_order_id", "order_id", postgresql_where=_HAS_ORDER, sqlite_where=_HAS_ORDER),
        sa.Index(
            "uq_ledger_transactions_remedy",
            "order_id",
            unique=True,
            postgresql_where=_IS_REMEDY,
            sqlite_where=_IS_REMEDY,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    purpose: Mapped[str]
    # No foreign key: what money is moved for stands in many packages.
    purpose_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    happened_at: Mapped[datetime]


class LedgerEntry(Base):
    """What a movement did to one account; append-only (a trigger refuses any change).

    `number` counts the entries of a counted account from 1, and `balance_minor` is what it had after this one.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        sa.ForeignKeyConstraint(["transaction_id"], ["ledger_transactions.id"], deferrable=True, initially="DEFERRED"),
        sa.ForeignKeyConstraint(
            ["account_kind", "owner_id", "currency"],
            ["ledger_accounts.kind", "ledger_accounts.owner_id", "ledger_accounts.currency"],
            name="fk_ledger_entries_account_ledger_accounts",
        ),
        sa.UniqueConstraint("account_kind", "owner_id", "currency", "number", name="uq_ledger_entries_account_number"),
        sa.CheckConstraint("amount_minor <> 0", name="amount"),
        sa.CheckConstraint("balance_minor >= 0", name="balance"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.CheckConstraint(f"(account_kind IN {_one_of(COUNTED)}) = (number IS NOT NULL)", name="counted_has_number"),
        sa.CheckConstraint("(number IS NULL) = (balance_minor IS NULL)", name="counted_has_balance"),
        sa.CheckConstraint("account_kind <> 'breakage' OR balance_minor = 0", name="nothing_lapses"),
    )

    transaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    account_kind: Mapped[str]
    owner_id: Mapped[UUID]
    currency: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    number: Mapped[int | None] = mapped_column(sa.BigInteger)
    balance_minor: Mapped[int | None] = mapped_column(sa.BigInteger)


class Hold(Base):
    """A part of a wallet that is promised to `purpose` until it is captured, released, or expires."""

    __tablename__ = "wallet_holds"
    __table_args__ = (
        sa.UniqueConstraint("purpose", "purpose_id"),
        sa.Index("ix_wallet_holds_customer_id_currency", "customer_id", "currency"),
        sa.Index(
            "ix_wallet_holds_expires_at",
            "expires_at",
            "id",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index(
            "ix_wallet_holds_ended_at",
            "ended_at",
            postgresql_where=sa.text("ended_at IS NOT NULL"),
            sqlite_where=sa.text("ended_at IS NOT NULL"),
        ),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("captured_minor BETWEEN 0 AND amount_minor", name="captured"),
        sa.CheckConstraint("state IN ('open', 'captured', 'released', 'expired')", name="state"),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="open_has_no_end"),
        sa.CheckConstraint("state = 'captured' OR captured_minor = 0", name="only_captured_took"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    currency: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    captured_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    purpose: Mapped[str]
    purpose_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default="open")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
