"""What a member shows at a counter: cards, and what they were shown for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base, new_id

_WORKS = sa.text("ended_at IS NULL")


class Card(Base):
    """A card of a member. Its number earns stars and takes none, so it is kept as it is; it is never given anew."""

    __tablename__ = "loyalty_cards"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.CheckConstraint("length(number) = 12", name="number"),
        sa.CheckConstraint("length(label) BETWEEN 1 AND 40", name="label"),
        sa.Index("ix_loyalty_cards_member_id_id", "member_id", "id"),
        sa.Index("ix_loyalty_cards_work", "member_id", postgresql_where=_WORKS, sqlite_where=_WORKS),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("loyalty_members.id"))
    number: Mapped[str]
    label: Mapped[str]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CardShown(Base):
    """A card was shown for something that was sold at a counter, and noted by whom.

    `receipt_id` is what the ledger calls the sale, so that nobody at the store chooses it and nothing in the ledger
    leads there. It and the card are forgotten with the sale; that someone noted one stays. `stars` are what it earned.
    """

    __tablename__ = "loyalty_cards_shown"
    __table_args__ = (
        sa.UniqueConstraint("receipt_id"),
        sa.CheckConstraint("(card_id IS NULL) = (receipt_id IS NULL)", name="forgotten"),
        sa.CheckConstraint("(earned_at IS NULL) = (stars IS NULL)", name="earned_has_instant"),
        sa.Index("ix_loyalty_cards_shown_card_id", "card_id"),
    )

    sale_id: Mapped[UUID] = mapped_column(primary_key=True)
    receipt_id: Mapped[UUID | None]
    card_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("loyalty_cards.id"))
    shown_at: Mapped[datetime]
    shown_by: Mapped[UUID]
    earned_at: Mapped[datetime | None]
    stars: Mapped[int | None]
