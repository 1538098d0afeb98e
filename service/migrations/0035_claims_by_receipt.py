"""Claims are looked for by their receipt: when one is answered, and wherever an order is shown."""

from alembic import op

revision = "0035"
down_revision = "0034"

NAME = "ix_loyalty_claims_receipt"


def upgrade() -> None:
    """Find them by an index."""
    op.create_index(NAME, "loyalty_claims", ["receipt"])


def downgrade() -> None:
    """Find them by reading all."""
    op.drop_index(NAME, "loyalty_claims")
