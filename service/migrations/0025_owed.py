"""What is owed to customers in money: a remedy by a store's table, what is given back of a free order, standing orders
that are paid as said."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

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
    _swap_check("refunds", *REFUNDED.items())
    _swap_check("standing_order_days", *OUTCOMES.items())
    _swap_check("standing_order_days", *ORDERED.items())
    _swap_check("notifications", *MOMENTS.items())


def _swap_check(table: str, old: tuple[str, str], new: tuple[str, str]) -> None:
    """Put a CHECK, by name and condition, in another one's place."""
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(table, f"CONSTRAINT {old[0]} CHECK ({old[1]})", f"CONSTRAINT {new[0]} CHECK ({new[1]})")
    else:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {old[0]}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {new[0]} CHECK ({new[1]}) NOT VALID")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {new[0]}")


def _rewrite(table: str, old: str, new: str) -> None:
    """Change a constraint in SQLite's schema, as https://sqlite.org/lang_altertable.html describes for changes that
    touch no row: making the table anew would delete the rows of the tables that refer to it."""
    connection = op.get_bind()
    (text,) = connection.execute(
        sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name"), {"name": table}
    ).one()
    changed, times = re.subn(re.escape(old), new, text)
    if times != 1:
        raise RuntimeError(f"{table} isn't as the migrations before left it")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    connection.execute(
        sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :name"),
        {"name": table, "sql": changed},
    )
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")


def downgrade() -> None:
    """Take them away; a day that failed counts as placed."""
    op.execute("UPDATE standing_order_days SET outcome = 'placed' WHERE outcome = 'failed'")
    op.execute("DELETE FROM notifications WHERE moment = 'standing_failed'")
    op.execute("DELETE FROM refunds WHERE amount_minor + tip_minor = 0")
    _swap_check("notifications", *reversed(MOMENTS.items()))
    _swap_check("standing_order_days", *reversed(ORDERED.items()))
    _swap_check("standing_order_days", *reversed(OUTCOMES.items()))
    _swap_check("refunds", *reversed(REFUNDED.items()))
    op.drop_column("standing_orders", "tip")
    op.drop_column("standing_orders", "tenders")
    op.drop_column("refunds", "rewards")
    op.drop_column("refunds", "units")
    op.drop_column("promises", "remedy_minor")
    op.drop_column("stores", "remedy_table")
