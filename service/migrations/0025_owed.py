"""What is owed to customers in money: a remedy by a store's table, what is given back of a free order, standing orders
that are paid as said."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from service.db import swap_check

revision = "0025"
down_revision = "0024"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
REFUNDED = {
    "ck_refunds_something": "amount_minor >= 0 AND tip_minor >= 0 AND amount_minor + tip_minor > 0",
    "ck_refunds_anything": "amount_minor >= 0 AND tip_minor >= 0 AND amount_minor + tip_minor + units > 0",
}
OUTCOMES = {
    "ck_standing_order_days_outcome": "outcome IN ('placed', 'asked', 'skipped')",
    "ck_standing_order_days_became": "outcome IN ('placed', 'asked', 'skipped', 'failed')",
}
ORDERED = {
    "ck_standing_order_days_placed_has_order": "(outcome = 'placed') = (order_id IS NOT NULL)",
    "ck_standing_order_days_ordered": "(outcome IN ('placed', 'failed')) = (order_id IS NOT NULL)",
}
TOLD = (
    "'started', 'ready', 'window_moved', 'promise_missed', 'question', 'lines_changed', 'ended', 'refunded', "
    "'standing_placed', 'standing_asked', 'standing_skipped'"
)
MOMENTS = {
    "ck_notifications_moment": f"moment IN ({TOLD})",
    "ck_notifications_known_moment": f"moment IN ({TOLD}, 'standing_failed')",
}


def upgrade() -> None:
    """Add the columns; a refund may give back units that cost nothing, a standing order's day may fail."""
    op.add_column("stores", sa.Column("remedy_table", JSON, server_default="[]", nullable=False))
    op.add_column("promises", sa.Column("remedy_minor", sa.BigInteger(), nullable=True))
    op.add_column("refunds", sa.Column("units", sa.Integer(), server_default="0", nullable=False))
    op.add_column("refunds", sa.Column("rewards", JSON, nullable=True))
    op.add_column("standing_orders", sa.Column("tenders", JSON, nullable=True))
    op.add_column("standing_orders", sa.Column("tip", JSON, nullable=True))
    swap_check(op.get_bind(), "refunds", *REFUNDED.items())
    swap_check(op.get_bind(), "standing_order_days", *OUTCOMES.items())
    swap_check(op.get_bind(), "standing_order_days", *ORDERED.items())
    swap_check(op.get_bind(), "notifications", *MOMENTS.items())


def downgrade() -> None:
    """Take them away; a day that failed counts as placed."""
    op.execute("UPDATE standing_order_days SET outcome = 'placed' WHERE outcome = 'failed'")
    op.execute("DELETE FROM notifications WHERE moment = 'standing_failed'")
    op.execute("DELETE FROM refunds WHERE amount_minor + tip_minor = 0")
    swap_check(op.get_bind(), "notifications", *reversed(MOMENTS.items()))
    swap_check(op.get_bind(), "standing_order_days", *reversed(ORDERED.items()))
    swap_check(op.get_bind(), "standing_order_days", *reversed(OUTCOMES.items()))
    swap_check(op.get_bind(), "refunds", *reversed(REFUNDED.items()))
    op.drop_column("standing_orders", "tip")
    op.drop_column("standing_orders", "tenders")
    op.drop_column("refunds", "rewards")
    op.drop_column("refunds", "units")
    op.drop_column("promises", "remedy_minor")
    op.drop_column("stores", "remedy_table")
