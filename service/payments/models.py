"""Tables of payments: what customers pay with, what is to be paid, and what is wanted of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, new_id
from .rules import reversals
from .rules.states import STATES
from .rules.wanted import KINDS, STEP_STATES

MOST_METHODS = 20


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN (" + ", ".join(f"'{value}'" for value in values) + ")"


class PaymentMethod(Base):
    """What a customer can pay with: a provider's token, never a card's number.

    `number` counts the customer's methods, so that the database bounds them; NULL once removed. `detached_at`: when
    the provider forgot it, too.
    """

    __tablename__ = "payment_methods"
    __table_args__ = (
        sa.UniqueConstraint("customer_id", "number"),
        sa.CheckConstraint(f"number BETWEEN 1 AND {MOST_METHODS}", name="number"),
        sa.CheckConstraint("(number IS NULL) = (removed_at IS NOT NULL)", name="removed_has_no_number"),
        sa.CheckConstraint("removed_at IS NULL OR NOT is_default", name="removed_is_no_default"),
        sa.CheckConstraint("removed_at IS NOT NULL OR detached_at IS NULL", name="detached_is_removed"),
        sa.CheckConstraint("length(last4) BETWEEN 2 AND 4", name="last4"),
        sa.Index(
            "ix_payment_methods_one_default",
            "customer_id",
            unique=True,
            postgresql_where=sa.text("is_default"),
            sqlite_where=sa.text("is_default"),
        ),
        sa.Index(
            "ix_payment_methods_token",
            "customer_id",
            "provider",
            "token",
            unique=True,
            postgresql_where=sa.text("removed_at IS NULL"),
            sqlite_where=sa.text("removed_at IS NULL"),
        ),
        sa.Index(
            "ix_payment_methods_to_detach",
            "removed_at",
            postgresql_where=sa.text("removed_at IS NOT NULL AND detached_at IS NULL"),
            sqlite_where=sa.text("removed_at IS NOT NULL AND detached_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    number: Mapped[int | None]
    provider: Mapped[str]
    token: Mapped[str]
    provider_customer: Mapped[str]
    kind: Mapped[str]
    brand: Mapped[str]
    last4: Mapped[str]
    expires: Mapped[str | None]  # a card's month, 2031-07
    is_default: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    detached_at: Mapped[datetime | None]


class PaymentIntent(Base):
    """Something to be paid, once per purpose.

    `reference` is the provider's name for it. `due_at`: when the worker looks at it next, NULL where nothing is open.
    `leased_until`: until then whoever drives it does so alone; `run` counts them, so that one that was too slow
    settles nothing any more.
    """

    __tablename__ = "payment_intents"
    __table_args__ = (
        sa.UniqueConstraint("purpose", "purpose_id"),
        sa.UniqueConstraint("provider", "reference"),
        sa.CheckConstraint(_one_of("state", STATES), name="state"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("authorised_minor BETWEEN 0 AND amount_minor", name="authorised_at_most_amount"),
        sa.CheckConstraint("captured_minor BETWEEN 0 AND authorised_minor", name="captured_at_most_authorised"),
        sa.CheckConstraint("refund_asked_minor BETWEEN 0 AND captured_minor", name="asked_back_at_most_captured"),
        sa.CheckConstraint("refunded_minor BETWEEN 0 AND refund_asked_minor", name="refunded_at_most_asked"),
        sa.CheckConstraint("taken_back_minor >= 0", name="taken_back"),  # a bank may dispute more than was paid
        sa.CheckConstraint("(state = 'captured') = (captured_minor > 0)", name="captured_has_amount"),
        sa.CheckConstraint("(state = 'failed') = (reason IS NOT NULL)", name="failed_has_reason"),
        sa.CheckConstraint("(state = 'requires_action') = (action_url IS NOT NULL)", name="action_has_address"),
        sa.CheckConstraint(
            "state NOT IN ('created', 'requires_action') OR due_at IS NOT NULL", name="undecided_is_due"
        ),
        sa.Index("ix_payment_intents_customer_id_id", "customer_id", "id"),
        sa.Index(
            "ix_payment_intents_due_at",
            "due_at",
            "id",
            postgresql_where=sa.text("due_at IS NOT NULL"),
            sqlite_where=sa.text("due_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    purpose: Mapped[str]
    purpose_id: Mapped[UUID]
    provider: Mapped[str]
    method_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payment_methods.id"))
    captures_at_once: Mapped[bool]
    currency: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    authorised_minor: Mapped[int] = mapped_column(sa.BigInteger)
    captured_minor: Mapped[int] = mapped_column(sa.BigInteger)
    refund_asked_minor: Mapped[int] = mapped_column(sa.BigInteger)
    refunded_minor: Mapped[int] = mapped_column(sa.BigInteger)
    taken_back_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    state: Mapped[str]
    reason: Mapped[str | None]
    reference: Mapped[str | None]
    action_url: Mapped[str | None]
    due_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    run: Mapped[int]
    attempts: Mapped[int]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class PaymentStep(Base):
    """Something wanted of a payment after it began: to capture it, to let it go, to give some of it back.

    `by_bank_minor`: how much of that the customer's bank gave them, in a dispute that the chain lost.
    """

    __tablename__ = "payment_steps"
    __table_args__ = (
        sa.UniqueConstraint("intent_id", "kind", "purpose_id"),
        sa.CheckConstraint(_one_of("kind", KINDS), name="kind"),
        sa.CheckConstraint(_one_of("state", STEP_STATES), name="state"),
        sa.CheckConstraint("(kind = 'void') = (amount_minor = 0) AND amount_minor >= 0", name="amount"),
        sa.CheckConstraint(
            "by_bank_minor >= 0 AND (by_bank_minor = 0 OR kind = 'void' OR kind = 'refund' "
            "AND by_bank_minor <= amount_minor)",
            name="by_bank",
        ),
        sa.CheckConstraint("(state = 'wanted') = (ended_at IS NULL)", name="ended"),
        sa.CheckConstraint("(state = 'failed') = (reason IS NOT NULL)", name="failed_has_reason"),
        sa.Index(  # captured or let go, once
            "ix_payment_steps_one_end",
            "intent_id",
            unique=True,
            postgresql_where=sa.text("kind IN ('capture', 'void')"),
            sqlite_where=sa.text("kind IN ('capture', 'void')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    intent_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payment_intents.id"))
    kind: Mapped[str]
    purpose_id: Mapped[UUID]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    by_bank_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    state: Mapped[str]
    reason: Mapped[str | None]
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PaymentReversal(Base):
    """Something of a payment that the provider's side took back past us (`reference`: its own name for it); the sum of
    what is taken and not put back is the payment's `taken_back_minor`."""

    __tablename__ = "payment_reversals"
    __table_args__ = (
        sa.UniqueConstraint("intent_id", "kind", "reference"),
        sa.CheckConstraint(_one_of("kind", reversals.KINDS), name="kind"),
        sa.CheckConstraint(_one_of("state", reversals.STATES), name="state"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    intent_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payment_intents.id"))
    kind: Mapped[str]
    reference: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    noted_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class PaymentEvent(Base):
    """A webhook that was heard, so that each is heard once; what it says isn't kept: it only makes us look."""

    __tablename__ = "payment_events"
    __table_args__ = (sa.Index("ix_payment_events_received_at", "received_at"),)

    provider: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
