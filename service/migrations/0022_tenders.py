"""Orders are paid: by whom, with which tip, and who gets what back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from service.db.checks import swap_check

revision = "0022"
down_revision = "0021"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
PAID = {
    "ck_orders_paid_is_total": "paid_minor IN (0, total_minor)",
    "ck_orders_paid_within_total": (
        "paid_minor BETWEEN 0 AND total_minor AND (tender <> 'pay_at_pickup' OR paid_minor IN (0, total_minor))"
    ),
}
GIVEN_BACK = {
    "ck_orders_refund_within_paid": "refunded_minor BETWEEN 0 AND paid_minor",
    "ck_orders_refund_within_total": (
        "refunded_minor BETWEEN 0 AND CASE WHEN paid_minor = 0 THEN 0 ELSE total_minor END"
    ),
}
REFUNDED = {
    "ck_refunds_amount": "amount_minor > 0",
    "ck_refunds_something": "amount_minor >= 0 AND tip_minor >= 0 AND amount_minor + tip_minor > 0",
}


def upgrade() -> None:
    """Make the table and the columns; an order may be paid in part before it is picked up."""
    op.create_table(
        "order_tenders",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("method_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tip_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tip_refunded_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("kind IN ('wallet', 'card', 'pay_at_pickup')", name=op.f("ck_order_tenders_kind")),
        sa.CheckConstraint(
            "state IN ('pending', 'held', 'paid', 'freed', 'failed')", name=op.f("ck_order_tenders_state")
        ),
        sa.CheckConstraint("(kind = 'card') = (method_id IS NOT NULL)", name=op.f("ck_order_tenders_card_has_method")),
        sa.CheckConstraint("amount_minor >= 0 AND tip_minor >= 0", name=op.f("ck_order_tenders_no_negative_money")),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND amount_minor", name=op.f("ck_order_tenders_refund_within_amount")
        ),
        sa.CheckConstraint(
            "tip_refunded_minor BETWEEN 0 AND tip_minor", name=op.f("ck_order_tenders_refund_within_tip")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_tenders_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_order_tenders")),
        sa.UniqueConstraint("id", name=op.f("uq_order_tenders_id")),
    )
    op.add_column("orders", sa.Column("tip_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("orders", sa.Column("tip_at_pickup_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("orders", sa.Column("payment_pending", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("refunds", sa.Column("tip_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("refunds", sa.Column("tenders", JSON, nullable=True))
    swap_check(op.get_bind(), "orders", *PAID.items())
    swap_check(op.get_bind(), "orders", *GIVEN_BACK.items())
    swap_check(op.get_bind(), "refunds", *REFUNDED.items())


def downgrade() -> None:
    """Take them away; what was paid in part counts as not paid."""
    op.execute("UPDATE orders SET paid_minor = 0, refunded_minor = 0 WHERE paid_minor NOT IN (0, total_minor)")
    op.execute("DELETE FROM refunds WHERE amount_minor = 0")
    swap_check(op.get_bind(), "refunds", *reversed(REFUNDED.items()))
    swap_check(op.get_bind(), "orders", *reversed(GIVEN_BACK.items()))
    swap_check(op.get_bind(), "orders", *reversed(PAID.items()))
    op.drop_column("refunds", "tenders")
    op.drop_column("refunds", "tip_minor")
    op.drop_column("orders", "payment_pending")
    op.drop_column("orders", "tip_at_pickup_minor")
    op.drop_column("orders", "tip_minor")
    op.drop_table("order_tenders")
