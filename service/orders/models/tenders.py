"""The table of who pays an order; one without any row is paid at pickup."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base
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
        sa.CheckConstraint("(kind = 'card') = (method_id IS NOT NULL)", name="card_has_method"),
        sa.CheckConstraint("amount_minor >= 0 AND tip_minor >= 0", name="no_negative_money"),
        sa.CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="refund_within_amount"),
        sa.CheckConstraint("tip_refunded_minor BETWEEN 0 AND tip_minor", name="refund_within_tip"),
    )

    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID]
    kind: Mapped[str]
    # Of payments: what a card is charged with, and the payment that does.
    method_id: Mapped[UUID | None]
    payment_id: Mapped[UUID | None]
    state: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    tip_minor: Mapped[int] = mapped_column(sa.BigInteger)
    refunded_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    tip_refunded_minor: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
