"""Slots that are over are found to be forgotten."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Change the tables."""
    op.create_index("ix_capacity_slots_slot_at", "capacity_slots", ["slot_at"], unique=False)


def downgrade() -> None:
    """Change them back."""
    op.drop_index("ix_capacity_slots_slot_at", table_name="capacity_slots")
