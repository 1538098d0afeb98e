"""Usuals, and what a customer asked for in each line of an order, so that it can be asked for again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0012"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table, and the column."""
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


def downgrade() -> None:
    """Drop them."""
    op.drop_table("usuals")
    op.drop_column("order_lines", "asked")
