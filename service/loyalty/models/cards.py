"""What a member shows at a counter: cards, and those that were shown for what isn't handed over yet."""

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
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= made_at", name="ended_after_made"),
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
    """A card was shown for something that was sold at a counter; the row goes as that is handed over or cancelled."""

    __tablename__ = "loyalty_cards_shown"
    __table_args__ = (sa.Index("ix_loyalty_cards_shown_card_id", "card_id"),)

    sale_id: Mapped[UUID] = mapped_column(primary_key=True)
    card_id: Mapped[UUID] = mapped_column(sa.ForeignKey("loyalty_cards.id"))
    shown_at: Mapped[datetime]
