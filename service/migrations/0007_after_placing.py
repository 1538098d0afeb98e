"""After placing: used quotes, what customers chose for a line that can't be made, asks, shortages, two more ends."""

import re
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AT = sa.DateTime(timezone=True)
BEFORE = (
    "state IN ('placed', 'scheduled', 'held', 'fired', 'in_preparation', 'ready', 'picked_up', 'cancelled', 'rejected')"
)
AFTER = BEFORE.replace("'rejected'", "'rejected', 'no_show', 'expired'")
IS_OPEN = sa.text("state IN ('fired', 'held', 'in_preparation', 'placed', 'ready', 'scheduled')")
IS_READY = sa.text("state = 'ready'")
IS_ASKED = sa.text("answered_at IS NULL")


def upgrade() -> None:
    """Add the columns and tables."""
    op.add_column("quotes", sa.Column("used_at", AT, nullable=True))
    op.execute(
        "ALTER TABLE orders ADD COLUMN if_not_collected TEXT DEFAULT 'hold' NOT NULL "
        "CONSTRAINT ck_orders_if_not_collected CHECK (if_not_collected IN ('hold', 'remake_once', 'cancel'))"
    )
    op.add_column(
        "orders", sa.Column("if_not_collected_source", sa.Text(), server_default="service_default", nullable=False)
    )
    op.add_column("orders", sa.Column("remade_at", AT, nullable=True))
    op.add_column("order_lines", sa.Column("work", JSON, nullable=True))
    op.add_column("order_lines", sa.Column("struck_at", AT, nullable=True))
    op.create_index(
        "ix_orders_open_until", "orders", ["window_ends_at", "id"], postgresql_where=IS_OPEN, sqlite_where=IS_OPEN
    )
    op.create_index("ix_orders_ready", "orders", ["ready_at"], postgresql_where=IS_READY, sqlite_where=IS_READY)
    _change_states(AFTER)
    _make_optional("refunds", "refunded_by", sa.Uuid(), optional=True)
    _make_asks()
    op.create_table(
        "shortages",
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("until", AT, nullable=True),
        sa.Column("look_at", AT, nullable=False),
        sa.CheckConstraint("kind IN ('item', 'size', 'option')", name=op.f("ck_shortages_kind")),
        sa.PrimaryKeyConstraint("store_id", "kind", "subject_id", name=op.f("pk_shortages")),
    )
    op.create_index("ix_shortages_look_at", "shortages", ["look_at"])


def _make_asks() -> None:
    op.create_table(
        "order_asks",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("offers", JSON, nullable=False),
        sa.Column("deadline_at", AT, nullable=False),
        sa.Column("asked_at", AT, nullable=False),
        sa.Column("answered_at", AT, nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name=op.f("ck_order_asks_answered_has_answer")),
        sa.CheckConstraint("answered_by IN ('customer', 'system')", name=op.f("ck_order_asks_answered_by")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_asks_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_order_asks")),
    )
    op.create_index(
        "uq_order_asks_open",
        "order_asks",
        ["order_id", "position"],
        unique=True,
        postgresql_where=IS_ASKED,
        sqlite_where=IS_ASKED,
    )
    op.create_index(
        "ix_order_asks_due", "order_asks", ["deadline_at"], postgresql_where=IS_ASKED, sqlite_where=IS_ASKED
    )


def _change_states(states: str) -> None:
    """Change the CHECK of an order's state."""
    if op.get_bind().dialect.name == "sqlite":
        _rewrite("orders", r"(CONSTRAINT ck_orders_state CHECK) \(state IN \([^)]*\)\)", rf"\1 ({states})")
    else:
        op.drop_constraint("ck_orders_state", "orders")
        op.execute(f"ALTER TABLE orders ADD CONSTRAINT ck_orders_state CHECK ({states}) NOT VALID")
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT ck_orders_state")


def _make_optional(table: str, column: str, kind: sa.Uuid[UUID], *, optional: bool) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(table, rf"({column} CHAR\(32\))( NOT NULL)?", r"\1" if optional else r"\1 NOT NULL")
    else:
        op.alter_column(table, column, existing_type=kind, nullable=optional)


def _rewrite(table: str, old: str, new: str) -> None:
    """Change a constraint in SQLite's schema, as https://sqlite.org/lang_altertable.html describes for changes that
    touch no row: making the table anew would delete the rows of the tables that refer to it."""
    connection = op.get_bind()
    (text,) = connection.execute(
        sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name"), {"name": table}
    ).one()
    changed, times = re.subn(old, new, text)
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
    """Take them away; an order that ended in one of the new ways counts as cancelled."""
    op.drop_table("shortages")
    op.drop_table("order_asks")
    op.execute("DELETE FROM refunds WHERE refunded_by IS NULL")
    _make_optional("refunds", "refunded_by", sa.Uuid(), optional=False)
    op.execute("UPDATE orders SET state = 'cancelled' WHERE state IN ('no_show', 'expired')")
    _change_states(BEFORE)
    op.drop_index("ix_orders_ready", "orders")
    op.drop_index("ix_orders_open_until", "orders")
    op.drop_column("order_lines", "struck_at")
    op.drop_column("order_lines", "work")
    op.drop_column("orders", "remade_at")
    op.drop_column("orders", "if_not_collected_source")
    op.drop_column("orders", "if_not_collected")
    op.drop_column("quotes", "used_at")
