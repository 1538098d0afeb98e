"""Forgotten orders leave tombstones in their customer's feed for a while; walk-ins' labels are forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

AT = sa.DateTime(timezone=True)
INSTANTS = {"sqlite": "DATETIME", "postgresql": "TIMESTAMP WITH TIME ZONE"}
IS_NAMED = sa.text("order_id IS NOT NULL")
IS_REMEMBERED = sa.text("forgotten_at IS NULL AND ended_at IS NOT NULL")


def upgrade() -> None:
    """Make the table, and the column with what holds after it."""
    op.create_table(
        "forgotten_orders",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("change_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("forgotten_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "change_seq", name=op.f("pk_forgotten_orders")),
        sa.UniqueConstraint("order_id", name=op.f("uq_forgotten_orders_order_id")),
    )
    op.create_index(
        "ix_forgotten_orders_named",
        "forgotten_orders",
        ["forgotten_at"],
        postgresql_where=IS_NAMED,
        sqlite_where=IS_NAMED,
    )
    instant = INSTANTS[op.get_bind().dialect.name]
    # With its constraint at once: SQLite adds none later but by copying the table.
    op.execute(
        f"ALTER TABLE walk_ins ADD COLUMN forgotten_at {instant} CONSTRAINT ck_walk_ins_forgotten "
        "CHECK (forgotten_at IS NULL OR label IS NULL)"
    )
    op.create_index(
        "ix_walk_ins_remembered", "walk_ins", ["ended_at"], postgresql_where=IS_REMEMBERED, sqlite_where=IS_REMEMBERED
    )


def downgrade() -> None:
    """Drop both; what was forgotten stays so."""
    op.drop_index("ix_walk_ins_remembered", table_name="walk_ins")
    op.drop_column("walk_ins", "forgotten_at")
    op.drop_table("forgotten_orders")
