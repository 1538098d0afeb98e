"""Tables of what can't be made after all: the questions that customers are asked, and what stores are out of."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base

_IS_ASKED = sa.text("answered_at IS NULL")


class OrderAsk(Base):
    """A question to the customer about one line, open until it is answered or its deadline passes.

    `document` is the ask as shown. `offers` holds by the answer's key what it would put in the line's place.
    """

    __tablename__ = "order_asks"
    __table_args__ = (
        sa.Index(
            "uq_order_asks_open", "order_id", "position", unique=True,
            postgresql_where=_IS_ASKED, sqlite_where=_IS_ASKED,
        ),
        sa.Index("ix_order_asks_due", "deadline_at", postgresql_where=_IS_ASKED, sqlite_where=_IS_ASKED),
        sa.CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answered_has_answer"),
        sa.CheckConstraint("answered_by IN ('customer', 'system')", name="answered_by"),
    )  # fmt: skip

    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    document: Mapped[dict[str, Any]]
    offers: Mapped[dict[str, Any]]
    deadline_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    answered_by: Mapped[str | None]


class Shortage(Base):
    """Something that a store says it can't make, as long as orders may hold it; looked at again at `look_at`."""

    __tablename__ = "shortages"
    __table_args__ = (
        sa.Index("ix_shortages_look_at", "look_at"),
        sa.CheckConstraint("kind IN ('item', 'size', 'option')", name="kind"),
    )

    store_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    until: Mapped[datetime | None]
    look_at: Mapped[datetime]
