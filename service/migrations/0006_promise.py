"""Held orders, the promise ledger, walk-ins; their share and busy times of stores; old slots are found."""

import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

STORE_CHECKS = {
    "walk_in_percent": "walk_in_percent >= 0 AND walk_in_percent <= 90",
    "busy_minutes": "busy_minutes >= 0 AND busy_minutes <= 240",
    "busy_has_minutes": "busy_minutes > 0 OR (busy_until IS NULL AND busy_reason IS NULL)",
}
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
WINDOWS = ("promised_starts_at", "promised_ends_at", "window_starts_at", "window_ends_at")
STATES = "'placed', 'scheduled', {}'fired', 'in_preparation', 'ready', 'picked_up', 'cancelled', 'rejected'"
ORDER_CHECKS = {
    "fired_has_window": "fired_at IS NULL OR (window_starts_at IS NOT NULL AND promised_starts_at IS NOT NULL)",
    "outcome": "outcome IN ('kept', 'missed')",
    "proposal": "(proposal IS NULL) = (proposed_starts_at IS NULL)",
}
# The indexes of open and of waiting orders: name, columns, unique, and which orders.
OPEN = "state IN ('fired', {}'in_preparation', 'placed', 'ready', 'scheduled')"
WAITING = "state IN ({}'placed', 'scheduled')"
INDEXES = (
    ("ix_orders_due", ["fire_at"], False, WAITING),
    ("ix_orders_queue", ["store_id", "fire_at", "id"], False, OPEN),
    ("uq_orders_open_code", ["store_id", "code"], True, OPEN),
)
STORE_COLUMNS = ("walk_in_percent", "busy_minutes", "busy_until", "busy_reason")


def upgrade() -> None:
    """Change the tables."""
    op.create_index("ix_capacity_slots_slot_at", "capacity_slots", ["slot_at"], unique=False)
    op.add_column("stores", sa.Column("walk_in_percent", sa.Integer(), server_default="15", nullable=False))
    op.add_column("stores", sa.Column("busy_minutes", sa.Integer(), server_default="0", nullable=False))
    op.add_column("stores", sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stores", sa.Column("busy_reason", sa.Text(), nullable=True))
    _add_checks("stores", STORE_CHECKS)
    for column in _order_columns():
        op.add_column("orders", column)
    _change_orders(has_held=True)
    _add_checks("orders", ORDER_CHECKS)
    _create_promises()
    op.create_table(
        "walk_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("work", JSON, nullable=False),
        sa.Column("station_starts", JSON, nullable=False),
        sa.Column("claims", JSON, nullable=False),
        sa.Column("make_seconds_ahead", sa.Integer(), nullable=False),
        sa.Column("expected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk_ins")),
    )
    op.create_index(
        "ix_walk_ins_store_id_open",
        "walk_ins",
        ["store_id", "registered_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def _order_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column(
            "choices",
            JSON,
            nullable=False,
            server_default='{"fire": {"trigger": "asap", "minutes": null, "if_latest": null, '
            '"source": {"kind": "store_default"}}, "remedy": {"kind": "none", "source": {"kind": "store_default"}}}',
        ),
        sa.Column("making", JSON, nullable=False, server_default='{"work": {}, "longest": {}, "station_starts": {}}'),
        sa.Column("make_seconds_ahead", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("proposal", sa.Integer(), nullable=True),
        sa.Column("proposed_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arriving_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
    ]


def _create_promises() -> None:
    op.create_table(
        "promises",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("window_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepts", sa.Integer(), nullable=True),
        sa.Column("remedy", sa.Text(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('changed', 'proposed', 'accepted', 'kept', 'missed')", name=op.f("ck_promises_kind")
        ),
        sa.CheckConstraint("(kind = 'accepted') = (accepts IS NOT NULL)", name=op.f("ck_promises_accepts")),
        sa.CheckConstraint("(kind = 'missed') = (remedy IS NOT NULL)", name=op.f("ck_promises_remedy")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_promises_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_promises")),
    )
    op.create_index(
        "uq_promises_outcome",
        "promises",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("kind IN ('kept', 'missed')"),
        sqlite_where=sa.text("kind IN ('kept', 'missed')"),
    )


def downgrade() -> None:
    """Change them back."""
    for statement in UNTRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_table("walk_ins")
    op.drop_table("promises")
    _drop_checks("orders", ORDER_CHECKS)
    _change_orders(has_held=False)
    for order_column in _order_columns():
        op.drop_column("orders", order_column.name)
    _drop_checks("stores", STORE_CHECKS)
    for column in STORE_COLUMNS:
        op.drop_column("stores", column)
    op.drop_index("ix_capacity_slots_slot_at", table_name="capacity_slots")


def _change_orders(*, has_held: bool) -> None:
    """Allow, or forbid, orders that are held and have no window yet."""
    was, becomes = ("", "'held', ") if has_held else ("'held', ", "")
    for name, _, _, _ in INDEXES:
        op.drop_index(name, table_name="orders")
    if _is_sqlite():
        null = ("NOT NULL", "") if has_held else ("", "NOT NULL")
        changes = {
            f"{name} DATETIME {null[0]}".strip() + ",": f"{name} DATETIME {null[1]}".strip() + "," for name in WINDOWS
        }
        _rebuild("orders", changes | {STATES.format(was): STATES.format(becomes)})
    else:
        for name in WINDOWS:
            op.alter_column("orders", name, nullable=has_held)
        op.drop_constraint(op.f("ck_orders_state"), "orders", type_="check")
        op.create_check_constraint(op.f("ck_orders_state"), "orders", sa.text(f"state IN ({STATES.format(becomes)})"))
    for name, columns, is_unique, which in INDEXES:
        where = sa.text(which.format(becomes))
        op.create_index(name, "orders", columns, unique=is_unique, postgresql_where=where, sqlite_where=where)


# The ledger is append-only, and the first promise of an order never changes.
TRIGGERS = {
    "postgresql": (
        """CREATE FUNCTION refuse_promise_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'a promise that was made stays as it is' USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
        """CREATE TRIGGER promises_append_only BEFORE UPDATE OR DELETE ON promises
        FOR EACH ROW EXECUTE FUNCTION refuse_promise_change()""",
        """CREATE TRIGGER orders_first_promise BEFORE UPDATE OF promised_starts_at, promised_ends_at ON orders
        FOR EACH ROW WHEN (OLD.promised_starts_at IS NOT NULL) EXECUTE FUNCTION refuse_promise_change()""",
    ),
    "sqlite": (
        """CREATE TRIGGER promises_no_update BEFORE UPDATE ON promises
        BEGIN SELECT RAISE(ABORT, 'a promise that was made stays as it is'); END""",
        """CREATE TRIGGER promises_no_delete BEFORE DELETE ON promises
        BEGIN SELECT RAISE(ABORT, 'a promise that was made stays as it is'); END""",
        """CREATE TRIGGER orders_first_promise BEFORE UPDATE OF promised_starts_at, promised_ends_at ON orders
        WHEN OLD.promised_starts_at IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'a promise that was made stays as it is'); END""",
    ),
}
UNTRIGGERS = {
    "postgresql": (
        "DROP TRIGGER orders_first_promise ON orders",
        "DROP TRIGGER promises_append_only ON promises",
        "DROP FUNCTION refuse_promise_change",
    ),
    "sqlite": (
        "DROP TRIGGER orders_first_promise",
        "DROP TRIGGER promises_no_delete",
        "DROP TRIGGER promises_no_update",
    ),
}


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _add_checks(table: str, checks: Mapping[str, str]) -> None:
    if _is_sqlite():
        written = "".join(f", CONSTRAINT ck_{table}_{name} CHECK ({check})" for name, check in checks.items())
        _rebuild(table, {"\n)": f"{written}\n)"})
        return
    for name, check in checks.items():
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, sa.text(check))


def _drop_checks(table: str, checks: Mapping[str, str]) -> None:
    if _is_sqlite():
        _rebuild(table, {f", CONSTRAINT ck_{table}_{name} CHECK ({check})": "" for name, check in checks.items()})
        return
    for name in checks:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")


def _rebuild(table: str, changes: Mapping[str, str]) -> None:
    """Make a SQLite table anew with its definition's text changed: SQLite alters no constraint and no NOT NULL.

    Its rows, indexes and triggers are kept. (Alembic's batches lose CHECK constraints, which can't be reflected.)
    """
    bind = op.get_bind()
    kept = sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL")
    parts = bind.execute(kept, {"name": table}).all()
    (definition,) = (sql for kind, sql in parts if kind == "table")
    for was, becomes in changes.items():
        if definition.count(was) != 1:
            raise ValueError(f"{table} is not defined as expected: {was!r}")
        definition = definition.replace(was, becomes)
    names = ", ".join(column["name"] for column in sa.inspect(bind).get_columns(table))
    bind.exec_driver_sql(re.sub(rf'^CREATE TABLE "?{table}"? \(', "CREATE TABLE rebuilt (", definition))
    bind.exec_driver_sql(f"INSERT INTO rebuilt ({names}) SELECT {names} FROM {table}")  # noqa: S608 - our own names
    bind.exec_driver_sql(f"DROP TABLE {table}")
    bind.exec_driver_sql(f"ALTER TABLE rebuilt RENAME TO {table}")
    for kind, sql in parts:
        if kind != "table":
            bind.exec_driver_sql(sql)
