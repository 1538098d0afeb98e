"""Quotes, orders, capacity, refunds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
CHANGES = sa.Sequence("order_changes")
IS_OPEN = sa.text("state IN ('fired', 'in_preparation', 'placed', 'ready', 'scheduled')")
IS_WAITING = sa.text("state IN ('placed', 'scheduled')")


def upgrade() -> None:
    """Make the tables."""
    if op.get_bind().dialect.supports_sequences:
        op.execute(sa.schema.CreateSequence(CHANGES))
    op.create_table(
        "capacity_slots",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("slot_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_seconds", sa.Integer(), nullable=False),
        sa.Column("capacity_seconds", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "claimed_seconds BETWEEN 0 AND capacity_seconds", name=op.f("ck_capacity_slots_within_capacity")
        ),
        sa.PrimaryKeyConstraint("store_id", "station", "slot_at", name=op.f("pk_capacity_slots")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("client_order_id", sa.Text(), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("subtotal_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_inclusive", sa.Boolean(), nullable=False),
        sa.Column("tender", sa.Text(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("store_name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("pickup_method", sa.Text(), nullable=False),
        sa.Column("pickup_source", sa.Text(), nullable=False),
        sa.Column("promised_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promised_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fire_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_seq", sa.BigInteger(), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('placed', 'scheduled', 'fired', 'in_preparation', 'ready', 'picked_up', 'cancelled', "
            "'rejected')",
            name=op.f("ck_orders_state"),
        ),
        sa.CheckConstraint("paid_minor IN (0, total_minor)", name=op.f("ck_orders_paid_is_total")),
        sa.CheckConstraint("refunded_minor BETWEEN 0 AND paid_minor", name=op.f("ck_orders_refund_within_paid")),
        sa.CheckConstraint(
            "subtotal_minor >= 0 AND tax_minor >= 0 AND total_minor >= 0", name=op.f("ck_orders_no_negative_money")
        ),
        sa.CheckConstraint("window_starts_at < window_ends_at", name=op.f("ck_orders_window")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("customer_id", "client_order_id", name=op.f("uq_orders_customer_id_client_order_id")),
        sa.UniqueConstraint("quote_id", name=op.f("uq_orders_quote_id")),
        sa.UniqueConstraint("customer_id", "change_seq", name=op.f("uq_orders_customer_id_change_seq")),
    )
    op.create_index("ix_orders_customer_id_id", "orders", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_orders_due", "orders", ["fire_at"], unique=False, postgresql_where=IS_WAITING, sqlite_where=IS_WAITING
    )
    op.create_index(
        "ix_orders_queue",
        "orders",
        ["store_id", "fire_at", "id"],
        unique=False,
        postgresql_where=IS_OPEN,
        sqlite_where=IS_OPEN,
    )
    op.create_index(
        "uq_orders_open_code",
        "orders",
        ["store_id", "code"],
        unique=True,
        postgresql_where=IS_OPEN,
        sqlite_where=IS_OPEN,
    )
    op.create_table(
        "quotes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("replaces_order_id", sa.Uuid(), nullable=True),
        sa.Column("menu_version", sa.BigInteger(), nullable=False),
        sa.Column("store_version", sa.Integer(), nullable=False),
        sa.Column("basket", JSON, nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("plan", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
    )
    op.create_index("ix_quotes_expires_at", "quotes", ["expires_at"], unique=False)
    op.create_table(
        "capacity_claims",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("slot_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.CheckConstraint("seconds > 0", name=op.f("ck_capacity_claims_seconds")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_capacity_claims_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("order_id", "station", "slot_at", name=op.f("pk_capacity_claims")),
    )
    op.create_table(
        "order_lines",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_quantity", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counted_stock", sa.Boolean(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity")),
        sa.CheckConstraint("refunded_minor BETWEEN 0 AND paid_minor", name=op.f("ck_order_lines_refund_within_paid")),
        sa.CheckConstraint(
            "refunded_quantity BETWEEN 0 AND quantity", name=op.f("ck_order_lines_refund_within_quantity")
        ),
        sa.CheckConstraint("total_minor >= 0 AND tax_minor >= 0", name=op.f("ck_order_lines_no_negative_money")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_order_lines")),
    )
    op.create_table(
        "order_transitions",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("actor IN ('customer', 'staff', 'system')", name=op.f("ck_order_transitions_actor")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_transitions_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_transitions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_order_transitions_order_id", "order_transitions", ["order_id"], unique=False)
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("refunded_by", sa.Uuid(), nullable=False),
        sa.Column("lines", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refunds_amount")),
        sa.CheckConstraint("tax_minor BETWEEN 0 AND amount_minor", name=op.f("ck_refunds_tax")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_refunds_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
    )
    op.create_index("ix_refunds_order_id", "refunds", ["order_id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("ix_refunds_order_id", table_name="refunds")
    op.drop_table("refunds")
    op.drop_index("ix_order_transitions_order_id", table_name="order_transitions")
    op.drop_table("order_transitions")
    op.drop_table("order_lines")
    op.drop_table("capacity_claims")
    op.drop_index("ix_quotes_expires_at", table_name="quotes")
    op.drop_table("quotes")
    op.drop_index("uq_orders_open_code", table_name="orders", postgresql_where=IS_OPEN, sqlite_where=IS_OPEN)
    op.drop_index("ix_orders_queue", table_name="orders", postgresql_where=IS_OPEN, sqlite_where=IS_OPEN)
    op.drop_index("ix_orders_due", table_name="orders", postgresql_where=IS_WAITING, sqlite_where=IS_WAITING)
    op.drop_index("ix_orders_customer_id_id", table_name="orders")
    op.drop_table("orders")
    op.drop_table("capacity_slots")
    if op.get_bind().dialect.supports_sequences:
        op.execute(sa.schema.DropSequence(CHANGES))
