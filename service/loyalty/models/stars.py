"""Tables of loyalty: the programme's versions, members, and the ledger of their stars by lots.

Whatever changes a member's stars locks the member's row first; of several, in the order of their ids. Entries are
numbered under that lock, so that a member's numbers become visible in their order.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base, new_id
from ..rules.kinds import CLAIM_STATES, ENTRY_KINDS, GIFT_STATES, REDEMPTION_STATES

_HAS_STARS = sa.text("remaining > 0")
_IS_IN = sa.text("left_at IS NULL")
_IS_OPEN = sa.text("state = 'open'")
_IS_OFFERED = sa.text("state = 'offered'")


def _one_of(column: str, names: tuple[str, ...]) -> str:
    return f"{column} IN (" + ", ".join(f"'{name}'" for name in names) + ")"


class ProgrammeVersion(Base):
    """The programme as it was published; never changed (a trigger refuses). `document` are the terms; `changes` is what
    differs from the version before."""

    __tablename__ = "loyalty_programmes"
    __table_args__ = (
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("effective_at"),
        sa.CheckConstraint("version > 0", name="version"),
    )

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(default=new_id)
    effective_at: Mapped[datetime]
    document: Mapped[dict[str, Any]]
    changes: Mapped[list[Any]]
    published_at: Mapped[datetime]


class Member(Base):
    """A customer in the programme; who left keeps the row, and gets on with it when they join again. `entries` numbers
    the last entry."""

    __tablename__ = "loyalty_members"
    __table_args__ = (
        sa.UniqueConstraint("customer_id"),
        sa.CheckConstraint("entries >= 0", name="entries"),
        sa.CheckConstraint("version > 0", name="version"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    entries: Mapped[int]
    version: Mapped[int]


class StarLot(Base):
    """Stars earned together, with the terms they were earned under.

    `remaining` is what its movements add up to. `reversed` are the stars that weren't earned after all; `owed` those of
    them that had been spent by then: they are taken from what comes back to the lot, and from nothing else.
    `from_lot_id` is the lot that a gift came from. A merger hands the lot itself to another member.
    """

    __tablename__ = "loyalty_lots"
    __table_args__ = (
        sa.CheckConstraint("stars > 0", name="stars"),
        sa.CheckConstraint("remaining BETWEEN 0 AND stars", name="remaining"),
        sa.CheckConstraint("owed BETWEEN 0 AND stars", name="owed"),
        sa.CheckConstraint("reversed BETWEEN 0 AND stars", name="reversed"),
        sa.UniqueConstraint("order_id", "rule"),
        sa.Index(
            "ix_loyalty_lots_left", "member_id", "expires_at", postgresql_where=_HAS_STARS, sqlite_where=_HAS_STARS
        ),
        sa.Index("ix_loyalty_lots_due", "expires_at", postgresql_where=_HAS_STARS, sqlite_where=_HAS_STARS),
        sa.Index("ix_loyalty_lots_member_id_id", "member_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("loyalty_members.id"))
    stars: Mapped[int]
    remaining: Mapped[int]
    owed: Mapped[int]
    reversed: Mapped[int]
    programme_version: Mapped[int] = mapped_column(sa.ForeignKey("loyalty_programmes.version"))
    rule: Mapped[str]
    order_id: Mapped[UUID | None]
    from_lot_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("loyalty_lots.id"))
    earned_at: Mapped[datetime]
    available_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    had_grace: Mapped[bool]
    is_pooled: Mapped[bool]
    # When what the customer wants before it expires was done.
    policy_done_at: Mapped[datetime | None]


class StarEntry(Base):
    """One entry of a member's ledger; appended, never changed (a trigger refuses), but for the order being forgotten.

    `stars` is what its movements add up to; `qualifying` counts towards a tier from `qualifies_at` on. `rule` and
    `programme_version` made it; `part` tells several reversals of one order's rule apart. `reference_id` is the
    redemption, gift, claim, merger or card it belongs to; with a card, `order_id` is the receipt of a sale.
    """

    __tablename__ = "loyalty_entries"
    __table_args__ = (
        sa.UniqueConstraint("order_id", "rule", "kind", "part"),
        sa.CheckConstraint(_one_of("kind", ENTRY_KINDS), name="kind"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.CheckConstraint("(qualifying = 0) = (qualifies_at IS NULL)", name="qualifying_has_instant"),
        sa.Index("ix_loyalty_entries_qualifies_at", "member_id", "qualifies_at"),
        sa.Index("ix_loyalty_entries_reference_id", "reference_id"),
    )

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("loyalty_members.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    stars: Mapped[int]
    qualifying: Mapped[int]
    qualifies_at: Mapped[datetime | None]
    order_id: Mapped[UUID | None]
    rule: Mapped[str | None]
    part: Mapped[int]
    programme_version: Mapped[int | None] = mapped_column(sa.ForeignKey("loyalty_programmes.version"))
    reference_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    happened_at: Mapped[datetime]


class StarMovement(Base):
    """What one entry put into a lot, or took out of it; appended, never changed (a trigger refuses)."""

    __tablename__ = "loyalty_movements"
    __table_args__ = (
        sa.ForeignKeyConstraint(["member_id", "number"], ["loyalty_entries.member_id", "loyalty_entries.number"]),
        sa.CheckConstraint("stars <> 0", name="stars"),
        sa.Index("ix_loyalty_movements_lot_id", "lot_id"),
    )

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(sa.ForeignKey("loyalty_lots.id"), primary_key=True)
    stars: Mapped[int]


class Redemption(Base):
    """A reward that stars were redeemed for: held until an order uses it, or it is cancelled. `reward` is the reward as
    it was; `shares` how many stars of each pool member's consent it uses, by the consent's id;
    `is_limited`: it is counted in the reward's stock."""

    __tablename__ = "loyalty_redemptions"
    __table_args__ = (
        sa.CheckConstraint(_one_of("state", REDEMPTION_STATES), name="state"),
        sa.CheckConstraint("stars > 0", name="stars"),
        sa.CheckConstraint("state <> 'reserved' OR order_id IS NOT NULL", name="reserved_has_order"),
        sa.Index("ix_loyalty_redemptions_member_id_id", "member_id", "id"),
        sa.Index("ix_loyalty_redemptions_order_id", "order_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("loyalty_members.id"))
    reward_key: Mapped[str]
    reward: Mapped[dict[str, Any]]
    programme_version: Mapped[int] = mapped_column(sa.ForeignKey("loyalty_programmes.version"))
    stars: Mapped[int]
    shares: Mapped[dict[str, Any]]
    is_limited: Mapped[bool]
    state: Mapped[str]
    order_id: Mapped[UUID | None]
    version: Mapped[int]
    redeemed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RewardStock(Base):
    """How many of a limited reward there are, and are left."""

    __tablename__ = "loyalty_reward_stock"
    __table_args__ = (sa.CheckConstraint("units_left BETWEEN 0 AND units", name="units_left"),)

    reward_key: Mapped[str] = mapped_column(primary_key=True)
    units: Mapped[int]
    units_left: Mapped[int]


class OptIn(Base):
    """A promotion that a member is in, since when."""

    __tablename__ = "loyalty_opt_ins"

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("loyalty_members.id"), primary_key=True)
    promotion: Mapped[str] = mapped_column(primary_key=True)
    opted_in_at: Mapped[datetime]


class Gift(Base):
    """Stars on their way to somebody; whoever has the token takes or refuses them, until `ends_at`."""

    __tablename__ = "loyalty_gifts"
    __table_args__ = (
        sa.UniqueConstraint("token_hash"),
        sa.CheckConstraint(_one_of("state", GIFT_STATES), name="state"),
        sa.CheckConstraint("stars > 0", name="stars"),
        sa.CheckConstraint("(state = 'accepted') = (receiver_id IS NOT NULL)", name="accepted_has_receiver"),
        sa.CheckConstraint("(state = 'offered') = (ended_at IS NULL)", name="offered_is_open"),
        sa.Index("ix_loyalty_gifts_giver_id_id", "giver_id", "id"),
        sa.Index("ix_loyalty_gifts_due", "ends_at", postgresql_where=_IS_OFFERED, sqlite_where=_IS_OFFERED),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    giver_id: Mapped[UUID] = mapped_column(sa.ForeignKey("loyalty_members.id"))
    receiver_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("loyalty_members.id"))
    token_hash: Mapped[str]
    message: Mapped[str | None]
    stars: Mapped[int]
    state: Mapped[str]
    offered_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Pool(Base):
    """People who let each other spend some of their stars. Every lot stays its member's."""

    __tablename__ = "loyalty_pools"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    made_at: Mapped[datetime]


class PoolMember(Base):
    """Somebody's consent: at most `cap` of their stars are spent by the others; `used` are."""

    __tablename__ = "loyalty_pool_members"
    __table_args__ = (
        sa.CheckConstraint("used BETWEEN 0 AND cap", name="used"),
        sa.Index("uq_loyalty_pool_members_in", "member_id", unique=True, postgresql_where=_IS_IN, sqlite_where=_IS_IN),
        sa.Index("ix_loyalty_pool_members_pool_id", "pool_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    pool_id: Mapped[UUID] = mapped_column(sa.ForeignKey("loyalty_pools.id"))
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("loyalty_members.id"))
    name: Mapped[str]
    cap: Mapped[int]
    used: Mapped[int]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class PoolInvitation(Base):
    """A token that lets one person into a pool, until `ends_at`."""

    __tablename__ = "loyalty_pool_invitations"
    __table_args__ = (
        sa.UniqueConstraint("token_hash"),
        sa.Index("ix_loyalty_pool_invitations_pool_id", "pool_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    pool_id: Mapped[UUID] = mapped_column(sa.ForeignKey("loyalty_pools.id"))
    token_hash: Mapped[str]
    made_by: Mapped[UUID]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Claim(Base):
    """Somebody says that stars are missing. One that the receipt doesn't prove waits for staff, until `due_at`."""

    __tablename__ = "loyalty_claims"
    __table_args__ = (
        sa.CheckConstraint(_one_of("state", CLAIM_STATES), name="state"),
        sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="open_is_unanswered"),
        sa.Index("ix_loyalty_claims_open", "due_at", "id", postgresql_where=_IS_OPEN, sqlite_where=_IS_OPEN),
        sa.Index("ix_loyalty_claims_member_id_id", "member_id", "id"),
        sa.Index("ix_loyalty_claims_receipt", "receipt"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("loyalty_members.id"))
    receipt: Mapped[UUID | None]
    note: Mapped[str | None]
    state: Mapped[str]
    stars: Mapped[int]
    answer: Mapped[str | None]
    due_at: Mapped[datetime]
    claimed_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]
