"""Orders that their customers want remembered no longer keep what the books need, and belong to nobody."""

from alembic import op

revision = "0015"
down_revision = "0014"

INSTANTS = {"sqlite": "DATETIME", "postgresql": "TIMESTAMP WITH TIME ZONE"}


def upgrade() -> None:
    """Add the instant, with what holds after it."""
    instant = INSTANTS[op.get_bind().dialect.name]
    # With its constraint at once: SQLite adds none later but by copying the table, and lines would go with the old one.
    op.execute(
        f"ALTER TABLE orders ADD COLUMN forgotten_at {instant} CONSTRAINT ck_orders_forgotten_is_nobodys "
        "CHECK (forgotten_at IS NULL OR (ended_at IS NOT NULL AND alias IS NULL AND placed_by IS NULL))"
    )


def downgrade() -> None:
    """Drop it; what was forgotten stays so."""
    op.drop_column("orders", "forgotten_at")
