"""The sandbox's bank: tables of its own that nothing else of the service reads, each change with a commit of its own.

So it survives whatever happens to the service, as a real one would, and what both say can be compared to the cent.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base, new_id
from ..rules.seen import DONE


class SandboxPayment(Base):
    """A payment at the sandbox's bank, once per key."""

    __tablename__ = "sandbox_payments"
    __table_args__ = (
        sa.UniqueConstraint("reference"),
        sa.CheckConstraint("captured_minor BETWEEN 0 AND authorised_minor", name="captured_at_most_authorised"),
        sa.CheckConstraint("refunded_minor BETWEEN 0 AND captured_minor", name="refunded_at_most_captured"),
    )

    key: Mapped[UUID] = mapped_column(primary_key=True)
    reference: Mapped[str]
    token: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    captures_at_once: Mapped[bool]
    state: Mapped[str]
    reason: Mapped[str | None]
    authorised_minor: Mapped[int] = mapped_column(sa.BigInteger)
    captured_minor: Mapped[int] = mapped_column(sa.BigInteger)
    refunded_minor: Mapped[int] = mapped_column(sa.BigInteger)


class SandboxRefund(Base):
    """Something that the sandbox's bank gave back, once per key; `is_asked`: by us, not at the bank's own counter."""

    __tablename__ = "sandbox_refunds"

    key: Mapped[UUID] = mapped_column(primary_key=True)
    payment_key: Mapped[UUID] = mapped_column(sa.ForeignKey("sandbox_payments.key"), index=True)
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    state: Mapped[str] = mapped_column(default=DONE, server_default=DONE)
    is_asked: Mapped[bool] = mapped_column(default=True, server_default=sa.true())


class SandboxDispute(Base):
    """A payment that its cardholder disputes at the sandbox's bank."""

    __tablename__ = "sandbox_disputes"

    payment_key: Mapped[UUID] = mapped_column(sa.ForeignKey("sandbox_payments.key"), primary_key=True)
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    state: Mapped[str]


class SandboxEvent(Base):
    """A webhook that the sandbox's bank will send, so many times; `does`: what happens there just before it."""

    __tablename__ = "sandbox_events"
    __table_args__ = (sa.CheckConstraint("deliveries >= 0", name="deliveries"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    reference: Mapped[str]
    deliveries: Mapped[int]
    does: Mapped[str | None]
