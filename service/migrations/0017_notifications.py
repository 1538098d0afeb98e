"""Devices that take push, and what is to be told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AT = sa.DateTime(timezone=True)
MOMENTS = (
    "'started', 'ready', 'window_moved', 'promise_missed', 'question', 'lines_changed', 'ended', 'refunded', "
    "'standing_placed', 'standing_asked', 'standing_skipped'"
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "push_subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("auth_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.CheckConstraint("number BETWEEN 1 AND 20", name=op.f("ck_push_subscriptions_number")),
        sa.CheckConstraint("length(endpoint) BETWEEN 1 AND 1000", name=op.f("ck_push_subscriptions_endpoint")),
        sa.CheckConstraint("length(public_key) = 65", name=op.f("ck_push_subscriptions_public_key")),
        sa.CheckConstraint("length(auth_secret) = 16", name=op.f("ck_push_subscriptions_auth_secret")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("session_id", name=op.f("uq_push_subscriptions_session_id")),
        sa.UniqueConstraint("customer_id", "number", name=op.f("uq_push_subscriptions_customer_id_number")),
    )
    op.create_index("ix_push_subscriptions_endpoint", "push_subscriptions", ["endpoint"])
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("fact_seq", sa.BigInteger(), nullable=False),
        sa.Column("told", JSON, nullable=False),
        sa.Column("leased_until", AT, nullable=True),
        sa.Column("noted_at", AT, nullable=False),
        sa.Column("done_at", AT, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(f"moment IN ({MOMENTS})", name=op.f("ck_notifications_moment")),
        sa.CheckConstraint("channel IN ('push', 'mail')", name=op.f("ck_notifications_channel")),
        sa.CheckConstraint("outcome IN ('told', 'dropped')", name=op.f("ck_notifications_outcome")),
        sa.CheckConstraint("(done_at IS NULL) = (outcome IS NULL)", name=op.f("ck_notifications_done_has_outcome")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("fact_seq", "channel", name=op.f("uq_notifications_fact_seq_channel")),
    )
    op.create_index("ix_notifications_customer_id", "notifications", ["customer_id"])
    is_done = sa.text("done_at IS NOT NULL")
    op.create_index(
        "ix_notifications_done_at", "notifications", ["done_at"], postgresql_where=is_done, sqlite_where=is_done
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("notifications")
    op.drop_table("push_subscriptions")
