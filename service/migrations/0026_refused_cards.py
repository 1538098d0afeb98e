"""What lowered the part of an order that is due stays noted where the card that was to pay it is refused then."""

from alembic import op

from service.db import swap_check

revision = "0026"
down_revision = "0025"

CHECK = "ck_orders_refund_within_total"
BEFORE = "refunded_minor BETWEEN 0 AND CASE WHEN paid_minor = 0 THEN 0 ELSE total_minor END"
AFTER = "refunded_minor BETWEEN 0 AND CASE WHEN paid_minor = 0 AND tender = 'pay_at_pickup' THEN 0 ELSE total_minor END"


def upgrade() -> None:
    """Let an order of which nothing is paid any more keep what was taken off it."""
    swap_check(op.get_bind(), "orders", (CHECK, BEFORE), (CHECK, AFTER))


def downgrade() -> None:
    """Ask again that something be paid; what was taken off an order of which nothing is counts as due again."""
    op.execute("UPDATE orders SET refunded_minor = 0 WHERE paid_minor = 0")
    swap_check(op.get_bind(), "orders", (CHECK, AFTER), (CHECK, BEFORE))
