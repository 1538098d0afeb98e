"""Tables of accounts: people, their sessions on devices, passkeys, staff memberships, grants, mail, signing keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, BigId, new_id


class Person(Base):
    """A customer, or a guest who may become one. Staff and operators are people with memberships.

    The profile holds only what the person gave. `version` counts changes of what /v1/me shows and is its ETag.
    `password_version` counts passwords: a sign-in proved with an older one is void.
    """

    __tablename__ = "people"
    __table_args__ = (
        sa.UniqueConstraint("email"),
        sa.CheckConstraint("email = lower(email)", name="email_lower"),
        sa.CheckConstraint("is_guest = (email IS NULL)", name="account_has_email"),
        sa.Index(
            "ix_people_operators", "id", postgresql_where=sa.text("is_operator"), sqlite_where=sa.text("is_operator")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    is_guest: Mapped[bool]
    is_operator: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    email: Mapped[str | None]
    password_hash: Mapped[str | None]
    password_version: Mapped[int] = mapped_column(default=0, server_default="0")
    name: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime]


class DeviceSession(Base):
    """A person signed in on one device.

    The refresh token of `generation` n is derived from `secret`, so a lost answer can be given again; `rotated_at`
    starts the grace in which the immediate predecessor still gets it (docs/decisions/0003).
    """

    __tablename__ = "device_sessions"
    __table_args__ = (
        sa.Index("ix_device_sessions_person_id", "person_id"),
        sa.CheckConstraint("generation >= 1", name="generation"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"))
    device_name: Mapped[str | None]
    secret: Mapped[bytes]
    generation: Mapped[int] = mapped_column(default=1)
    rotated_at: Mapped[datetime]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class StaffMembership(Base):
    """A person's role at a store, until it is revoked."""

    __tablename__ = "staff_memberships"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "store_id"),
        sa.Index("ix_staff_memberships_store_id_person_id", "store_id", "person_id"),
        sa.CheckConstraint("role IN ('barista', 'front_desk', 'manager')", name="role"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"))
    # No foreign key: stores stand above accounts.
    store_id: Mapped[UUID]
    role: Mapped[str]
    granted_at: Mapped[datetime]


class Grant(Base):
    """What a customer (the giver) lets another (the receiver) do for them, until it expires or one of both ends it.

    It is offered to an address; who proves with the token that they read its mail, and accepts, is the receiver.
    Ordering has a limit per day of `timezone`, in minor units of `currency`. `version` counts the steps of its life.
    """

    __tablename__ = "grants"
    __table_args__ = (
        sa.UniqueConstraint("token_hash"),
        sa.Index("ix_grants_giver_id_id", "giver_id", "id"),
        sa.Index("ix_grants_receiver_id_id", "receiver_id", "id"),
        sa.Index("ix_grants_offered_to_offered_at", "offered_to", "offered_at"),
        sa.CheckConstraint("offered_to = lower(offered_to)", name="offered_to_lower"),
        sa.CheckConstraint("may_place_orders OR may_pick_up_orders", name="allows_something"),
        sa.CheckConstraint("may_place_orders = (limit_minor IS NOT NULL)", name="ordering_has_limit"),
        sa.CheckConstraint(
            "(limit_minor IS NULL) = (currency IS NULL) AND (limit_minor IS NULL) = (timezone IS NULL)",
            name="limit_is_whole",
        ),
        sa.CheckConstraint("limit_minor > 0", name="limit"),
        sa.CheckConstraint("length(label) BETWEEN 1 AND 60", name="label"),
        sa.CheckConstraint("offered_at < offer_ends_at AND offer_ends_at <= expires_at", name="instants"),
        sa.CheckConstraint("giver_id <> receiver_id", name="two_people"),
        sa.CheckConstraint("(receiver_id IS NULL) = (accepted_at IS NULL)", name="accepted_by_receiver"),
        sa.CheckConstraint("accepted_at IS NULL OR declined_at IS NULL", name="accepted_or_declined"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_someone"),
        sa.CheckConstraint("ended_by IN ('giver', 'receiver')", name="ended_by"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    giver_id: Mapped[UUID] = mapped_column(sa.ForeignKey("people.id"))
    receiver_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("people.id"))
    offered_to: Mapped[str]
    token_hash: Mapped[str]
    label: Mapped[str | None]
    may_place_orders: Mapped[bool]
    may_pick_up_orders: Mapped[bool]
    limit_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[str | None]
    timezone: Mapped[str | None]
    offered_at: Mapped[datetime]
    offer_ends_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class DelegatedAct(Base):
    """One thing that was done under a grant; append-only.

    `amount_minor` is what the order cost after it, where the grant lets its receiver know.
    """

    __tablename__ = "delegated_acts"
    __table_args__ = (
        sa.Index("ix_delegated_acts_grant_id_id", "grant_id", "id"),
        sa.CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="amount_has_currency"),
        sa.CheckConstraint("amount_minor >= 0", name="amount"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, sa.Identity(always=False), primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("grants.id"))
    person_id: Mapped[UUID]
    operation: Mapped[str]
    # No foreign key: orders stand above accounts.
    order_id: Mapped[UUID | None]
    amount_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[str | None]
    happened_at: Mapped[datetime]


class EmailChallenge(Base):
    """A one-time code sent by mail: it proves the address for `purpose` and carries what waits for the proof."""

    __tablename__ = "email_challenges"
    __table_args__ = (
        sa.Index("ix_email_challenges_expires_at", "expires_at"),
        sa.Index("ix_email_challenges_email_created_at", "email", "created_at"),
        sa.Index("ix_email_challenges_person_id", "person_id"),
        sa.CheckConstraint("purpose IN ('sign_up', 'reset_password', 'change_email')", name="purpose"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purpose: Mapped[str]
    email: Mapped[str]
    person_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    pending: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A public key whose private half an authenticator of the person's keeps (WebAuthn).

    It changes only under its person's row lock. `sign_count` is the authenticator's own counter, 0 for ever on most;
    `suspected_at` is when it last went back.
    """

    __tablename__ = "passkeys"
    __table_args__ = (
        sa.UniqueConstraint("credential_id"),
        sa.Index("ix_passkeys_person_id_id", "person_id", "id"),
        sa.CheckConstraint("length(credential_id) BETWEEN 16 AND 1023", name="credential_id"),
        sa.CheckConstraint("length(public_key) BETWEEN 1 AND 2048", name="public_key"),
        sa.CheckConstraint("sign_count BETWEEN 0 AND 4294967295", name="sign_count"),
        sa.CheckConstraint("is_syncable OR NOT is_synced", name="synced_is_syncable"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name="name"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"))
    credential_id: Mapped[bytes]
    public_key: Mapped[bytes]  # as COSE_Key
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    is_syncable: Mapped[bool]
    is_synced: Mapped[bool]
    transports: Mapped[list[Any]]
    name: Mapped[str | None]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    suspected_at: Mapped[datetime | None]


class PasskeyChallenge(Base):
    """What an authenticator must sign, once and soon, and for what: adding a passkey, signing up, signing in.

    `user_id` is whose the new passkey will be; who signs up may only become that person. No foreign key for that.
    """

    __tablename__ = "passkey_challenges"
    __table_args__ = (
        sa.UniqueConstraint("challenge_hash"),
        sa.Index("ix_passkey_challenges_expires_at", "expires_at"),
        sa.Index("ix_passkey_challenges_email_challenge_id", "email_challenge_id"),
        sa.CheckConstraint("purpose IN ('add', 'sign_up', 'sign_in')", name="purpose"),
        sa.CheckConstraint("(purpose = 'sign_in') = (user_id IS NULL)", name="new_passkey_has_user"),
        sa.CheckConstraint("(purpose = 'sign_up') = (email_challenge_id IS NOT NULL)", name="sign_up_has_mail"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purpose: Mapped[str]
    challenge_hash: Mapped[str]
    user_id: Mapped[UUID | None]
    email_challenge_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("email_challenges.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SigningKey(Base):
    """A private key that signs access tokens (ES256), encrypted with the service's secret.

    The newest signs; the others verify until they are retired, so keys rotate without a restart.
    """

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(primary_key=True)
    encrypted_pem: Mapped[bytes]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Mail(Base):
    """A mail to a person, until it is sent; where there is no mail server it stays here for the demo page.

    The outbox names it only by its id, so no address and no one-time code outlives its delivery.
    """

    __tablename__ = "mails"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    to_address: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    # The one-time code in the body, where there is one.
    code: Mapped[str | None]
    created_at: Mapped[datetime]
