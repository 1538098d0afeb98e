"""Walk-ins' share and busy times of stores; slots that are over are found to be forgotten."""

import re
from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

STORE_CHECKS = {
    "walk_in_percent": "walk_in_percent >= 0 AND walk_in_percent <= 90",
    "busy_minutes": "busy_minutes >= 0 AND busy_minutes <= 240",
    "busy_has_minutes": "busy_minutes > 0 OR (busy_until IS NULL AND busy_reason IS NULL)",
}
STORE_COLUMNS = ("walk_in_percent", "busy_minutes", "busy_until", "busy_reason")


def upgrade() -> None:
    """Change the tables."""
    op.create_index("ix_capacity_slots_slot_at", "capacity_slots", ["slot_at"], unique=False)
    op.add_column("stores", sa.Column("walk_in_percent", sa.Integer(), server_default="15", nullable=False))
    op.add_column("stores", sa.Column("busy_minutes", sa.Integer(), server_default="0", nullable=False))
    op.add_column("stores", sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stores", sa.Column("busy_reason", sa.Text(), nullable=True))
    _add_checks("stores", STORE_CHECKS)


def downgrade() -> None:
    """Change them back."""
    _drop_checks("stores", STORE_CHECKS)
    for column in STORE_COLUMNS:
        op.drop_column("stores", column)
    op.drop_index("ix_capacity_slots_slot_at", table_name="capacity_slots")


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
