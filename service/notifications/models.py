"""Tables of notifications: the devices that take push, and what is to be told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, new_id
from ..preferences.rules.choices import CHANNELS, MOMENTS
from .rules.devices import MOST_DEVICES, MOST_ENDPOINT_CHARACTERS

_IS_DONE = sa.text("done_at IS NOT NULL")


def _one_of(column: str, values: Iterable[str]) -> str:
    return f"{column} IN (" + ", ".join(f"'{value}'" for value in values) + ")"


class PushSubscription(Base):
    """Where one device takes push messages (RFC 8030), and the keys that only it can read them with (RFC 8291).

    It belongs to the sign-in on that device and is worth nothing once that ends. `number` counts the customer's, so
    that the database bounds them.
    """

    __tablename__ = "push_subscriptions"
    __table_args__ = (
        sa.UniqueConstraint("session_id"),
        sa.UniqueConstraint("customer_id", "number"),
        sa.Index("ix_push_subscriptions_endpoint", "endpoint"),
        sa.CheckConstraint(f"number BETWEEN 1 AND {MOST_DEVICES}", name="number"),
        sa.CheckConstraint(f"length(endpoint) BETWEEN 1 AND {MOST_ENDPOINT_CHARACTERS}", name="endpoint"),
        sa.CheckConstraint("length(public_key) = 65", name="public_key"),
        sa.CheckConstraint("length(auth_secret) = 16", name="auth_secret"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    session_id: Mapped[UUID]
    number: Mapped[int]
    endpoint: Mapped[str]
    public_key: Mapped[bytes]  # p256dh: a point on P-256, uncompressed
    auth_secret: Mapped[bytes]
    created_at: Mapped[datetime]


class Notification(Base):
    """Something to tell a customer by one channel; what it says is made when it goes out, of what is so then.

    One of a fact and a channel at most, so that a fact that is carried twice is told once; it is kept a while after it
    is done for that. `told` are the subscriptions that have it already; `leased_until` says that somebody sends it now.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        sa.UniqueConstraint("fact_seq", "channel"),
        sa.Index("ix_notifications_customer_id", "customer_id"),
        sa.Index("ix_notifications_done_at", "done_at", postgresql_where=_IS_DONE, sqlite_where=_IS_DONE),
        sa.CheckConstraint(_one_of("moment", MOMENTS), name="known_moment"),
        sa.CheckConstraint(_one_of("channel", CHANNELS), name="channel"),
        sa.CheckConstraint("outcome IN ('told', 'dropped')", name="outcome"),
        sa.CheckConstraint("(done_at IS NULL) = (outcome IS NULL)", name="done_has_outcome"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    moment: Mapped[str]
    channel: Mapped[str]
    fact_seq: Mapped[int] = mapped_column(sa.BigInteger)
    told: Mapped[list[Any]]
    leased_until: Mapped[datetime | None]
    noted_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
