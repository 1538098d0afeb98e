"""What an order was shown to earn; what rewards took off it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Add the columns."""
    op.add_column("orders", sa.Column("stars", JSON, nullable=True))
    op.add_column("orders", sa.Column("rewards", JSON, nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("orders", "rewards")
    op.drop_column("orders", "stars")
