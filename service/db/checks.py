"""Another CHECK in one's place, for migrations: without making the table anew."""

from __future__ import annotations

import re

import sqlalchemy as sa


def swap_check(connection: sa.Connection, table: str, old: tuple[str, str], new: tuple[str, str]) -> None:
    """Put a CHECK, by name and condition, in another one's place. Raises RuntimeError: the table hasn't the old one."""
    if connection.dialect.name == "sqlite":
        _rewrite(connection, table, f"CONSTRAINT {old[0]} CHECK ({old[1]})", f"CONSTRAINT {new[0]} CHECK ({new[1]})")
    else:
        connection.execute(sa.text(f"ALTER TABLE {table} DROP CONSTRAINT {old[0]}"))
        connection.execute(sa.text(f"ALTER TABLE {table} ADD CONSTRAINT {new[0]} CHECK ({new[1]}) NOT VALID"))
        connection.execute(sa.text(f"ALTER TABLE {table} VALIDATE CONSTRAINT {new[0]}"))


def _rewrite(connection: sa.Connection, table: str, old: str, new: str) -> None:
    """Change a constraint in SQLite's schema, as https://sqlite.org/lang_altertable.html describes for changes that
    touch no row: making the table anew would delete the rows of the tables that refer to it."""
    (text,) = connection.execute(
        sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name"), {"name": table}
    ).one()
    changed, times = re.subn(re.escape(old), lambda _: new, text)
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
