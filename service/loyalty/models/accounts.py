"""What ties memberships to each other: mergers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base, new_id


class MergerConsent(Base):
    """A member lets whoever has the token bring their stars into another membership, until `ends_at`; one at a time."""

    __tablename__ = "loyalty_merger_consents"
    __table_args__ = (sa.UniqueConstraint("token_hash"),)

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("loyalty_members.id"), primary_key=True)
    token_hash: Mapped[str]
    ends_at: Mapped[datetime]


class Merger(Base):
    """A membership was brought into another one; appended, never changed (a trigger refuses).

    `stars` and `qualifying` came over; `document` is what else did, and what did not. A token is used once.
    """

    __tablename__ = "loyalty_mergers"
    __table_args__ = (
        sa.UniqueConstraint("token_hash"),
        sa.CheckConstraint("from_member_id <> into_member_id", name="two_members"),
        sa.CheckConstraint("stars >= 0", name="stars"),
        sa.Index("ix_loyalty_mergers_from_member_id", "from_member_id"),
        sa.Index("ix_loyalty_mergers_into_member_id", "into_member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    from_member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("loyalty_members.id"))
    into_member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("loyalty_members.id"))
    token_hash: Mapped[str]
    stars: Mapped[int]
    qualifying: Mapped[int]
    document: Mapped[dict[str, Any]]
    merged_at: Mapped[datetime]
