"""Usuals; what a customer asked for in each line of an order, so that it can be asked for again; standing orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and the column."""
    op.add_column("order_lines", sa.Column("asked", JSON, nullable=True))
    op.create_table(
        "usuals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("basket", JSON, nullable=False),
        sa.Column("price_ceiling", JSON, nullable=True),
        sa.Column("saved", JSON, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("updated_at", AT, nullable=False),
        sa.CheckConstraint("number BETWEEN 1 AND 50", name=op.f("ck_usuals_number")),
        sa.CheckConstraint("version > 0", name=op.f("ck_usuals_version")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name=op.f("ck_usuals_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usuals")),
        sa.UniqueConstraint("customer_id", "number", name=op.f("uq_usuals_customer_id_number")),
    )
    _standing_orders()


def _standing_orders() -> None:
    op.create_table(
        "standing_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("usual_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("recurrence", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("ceiling_minor", sa.BigInteger(), nullable=False),
        sa.Column("ceiling_currency", sa.Text(), nullable=False),
        sa.Column("if_unmakeable", sa.Text(), nullable=False),
        sa.Column("skips", JSON, nullable=False),
        sa.Column("paused_from", sa.Date(), nullable=True),
        sa.Column("paused_until", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("due_at", AT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("updated_at", AT, nullable=False),
        sa.CheckConstraint("number BETWEEN 1 AND 20", name=op.f("ck_standing_orders_number")),
        sa.CheckConstraint("version > 0", name=op.f("ck_standing_orders_version")),
        sa.CheckConstraint("ceiling_minor > 0", name=op.f("ck_standing_orders_ceiling")),
        sa.CheckConstraint(
            "if_unmakeable IN ('ask', 'skip', 'substitute')", name=op.f("ck_standing_orders_if_unmakeable")
        ),
        sa.CheckConstraint("(next_on IS NULL) = (due_at IS NULL)", name=op.f("ck_standing_orders_due_has_day")),
        sa.CheckConstraint("next_on > done_on", name=op.f("ck_standing_orders_next_is_after_done")),
        sa.CheckConstraint(
            "paused_until IS NULL OR paused_from <= paused_until", name=op.f("ck_standing_orders_pause")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_orders")),
        sa.UniqueConstraint("customer_id", "number", name=op.f("uq_standing_orders_customer_id_number")),
    )
    is_due = sa.text("due_at IS NOT NULL")
    op.create_index(
        "ix_standing_orders_due_at", "standing_orders", ["due_at", "id"], postgresql_where=is_due, sqlite_where=is_due
    )
    op.create_index("ix_standing_orders_usual_id", "standing_orders", ["usual_id"])
    op.create_table(
        "standing_order_days",
        sa.Column("standing_order_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("pickup_at", AT, nullable=False),
        sa.Column("detail", JSON, nullable=True),
        sa.Column("happened_at", AT, nullable=False),
        sa.CheckConstraint("outcome IN ('placed', 'asked', 'skipped')", name=op.f("ck_standing_order_days_outcome")),
        sa.CheckConstraint(
            "(outcome = 'placed') = (order_id IS NOT NULL)", name=op.f("ck_standing_order_days_placed_has_order")
        ),
        sa.ForeignKeyConstraint(
            ["standing_order_id"],
            ["standing_orders.id"],
            name=op.f("fk_standing_order_days_standing_order_id_standing_orders"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("standing_order_id", "on_date", name=op.f("pk_standing_order_days")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("standing_order_days")
    op.drop_table("standing_orders")
    op.drop_table("usuals")
    op.drop_column("order_lines", "asked")
