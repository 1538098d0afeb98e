"""An order is changed once the card that pays for the change is reserved."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
PENDING = sa.text("pending_change IS NOT NULL")


def upgrade() -> None:
    """Add the column, and find those that have one."""
    op.add_column("orders", sa.Column("pending_change", JSON, nullable=True))
    op.create_index("ix_orders_changing", "orders", ["id"], postgresql_where=PENDING, sqlite_where=PENDING)


def downgrade() -> None:
    """Drop both; what their cards reserved lapses at their banks."""
    op.drop_index("ix_orders_changing", table_name="orders")
    op.drop_column("orders", "pending_change")
