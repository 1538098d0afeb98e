"""What lowered the part of an order that is due stays noted where the card that was to pay it is refused then."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

CHECK = "ck_orders_refund_within_total"
BEFORE = "refunded_minor BETWEEN 0 AND CASE WHEN paid_minor = 0 THEN 0 ELSE total_minor END"
AFTER = "refunded_minor BETWEEN 0 AND CASE WHEN paid_minor = 0 AND tender = 'pay_at_pickup' THEN 0 ELSE total_minor END"


def upgrade() -> None:
    """Let an order of which nothing is paid any more keep what was taken off it."""
    _swap(BEFORE, AFTER)


def downgrade() -> None:
    """Ask again that something be paid; what was taken off an order of which nothing is counts as due again."""
    op.execute("UPDATE orders SET refunded_minor = 0 WHERE paid_minor = 0")
    _swap(AFTER, BEFORE)


def _swap(old: str, new: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(f"CONSTRAINT {CHECK} CHECK ({old})", f"CONSTRAINT {CHECK} CHECK ({new})")
    else:
        op.execute(f"ALTER TABLE orders DROP CONSTRAINT {CHECK}")
        op.execute(f"ALTER TABLE orders ADD CONSTRAINT {CHECK} CHECK ({new}) NOT VALID")
        op.execute(f"ALTER TABLE orders VALIDATE CONSTRAINT {CHECK}")


def _rewrite(old: str, new: str) -> None:
    # As 0022 does, and for its reason: the table made anew would lose the rows that refer to it.
    connection = op.get_bind()
    schema = "FROM sqlite_schema WHERE type = 'table' AND name = 'orders'"
    text = connection.exec_driver_sql(f"SELECT sql {schema}").scalar_one()
    changed, times = re.subn(re.escape(old), new, text)
    if times != 1:
        raise RuntimeError("orders isn't as the migrations before left it")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    connection.execute(
        sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = 'orders'"), {"sql": changed}
    )
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")
