"""Tables of an order's money: who pays it (one without any row is paid at pickup), and what was given back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base, new_id
from ..rules.tenders import KINDS, STATES


class OrderTender(Base):
    """One tender of an order, in the customer's own order of them: what it pays of the total and of the tip, and what
    it got back of both.

    `id` is what its hold or its payment is made for. Rows change under their order's lock.
    """

    __tablename__ = "order_tenders"
    __table_args__ = (
        sa.UniqueConstraint("id"),
        sa.CheckConstraint("kind IN (" + ", ".join(f"'{kind}'" for kind in KINDS) + ")", name="kind"),
        sa.CheckConstraint("state IN (" + ", ".join(f"'{state}'" for state in STATES) + ")", name="state"),
        sa.CheckConstraint("kind = 'card' OR method_id IS NULL", name="only_cards_have_methods"),
        sa.CheckConstraint("amount_minor >= 0 AND tip_minor >= 0", name="no_negative_money"),
        sa.CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="refund_within_amount"),
        sa.CheckConstraint("tip_refunded_minor BETWEEN 0 AND tip_minor", name="refund_within_tip"),
    )

    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID]
    kind: Mapped[str]
    # Of payments: what a card is charged with, and the payment that does; None once the order is forgotten.
    method_id: Mapped[UUID | None]
    payment_id: Mapped[UUID | None]
    state: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    tip_minor: Mapped[int] = mapped_column(sa.BigInteger)
    refunded_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    tip_refunded_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")


class Refund(Base):
    """What was given back of an order: money, or units that rewards had made free. `lines` holds each line's part:
    position, quantity, amount and tax in it; `units` are their quantities together."""

    __tablename__ = "refunds"
    __table_args__ = (
        sa.Index("ix_refunds_order_id", "order_id"),
        sa.CheckConstraint(
            "amount_minor >= 0 AND tip_minor >= 0 AND amount_minor + tip_minor + units > 0", name="anything"
        ),
        sa.CheckConstraint("tax_minor BETWEEN 0 AND amount_minor", name="tax"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"))
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    tax_minor: Mapped[int] = mapped_column(sa.BigInteger)
    reason: Mapped[str]
    # None: a line that was paid for could not be made, and the customer had chosen to have it back.
    refunded_by: Mapped[UUID | None]
    lines: Mapped[list[Any]]
    units: Mapped[int] = mapped_column(default=0, server_default="0")
    # Apart from the amount; and who got what of both, None where the till gave it back as it took it.
    tip_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    tenders: Mapped[list[Any] | None]
    # What rewards had taken off lines of which nothing is left by it; None where there were none.
    rewards: Mapped[list[Any] | None]
    created_at: Mapped[datetime]
