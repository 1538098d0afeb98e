"""Changing a table's CHECK in a migration, on either database, without a row being touched."""

from __future__ import annotations

import re

import sqlalchemy as sa

Check = tuple[str, str]
"""The name of a constraint, and its condition as it was written."""


def swap_check(connection: sa.Connection, table: str, old: Check, new: Check) -> None:
    """Put a CHECK in another one's place; rows that are there must pass it.

    Raises RuntimeError where the table isn't as the migrations before left it (SQLite).
    """
    if connection.dialect.name == "sqlite":
        _rewrite(connection, table, f"CONSTRAINT {old[0]} CHECK ({old[1]})", f"CONSTRAINT {new[0]} CHECK ({new[1]})")
    else:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {old[0]}")
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {new[0]} CHECK ({new[1]}) NOT VALID")
        connection.exec_driver_sql(f"ALTER TABLE {table} VALIDATE CONSTRAINT {new[0]}")


def _rewrite(connection: sa.Connection, table: str, old: str, new: str) -> None:
    """Change a constraint in SQLite's schema, as https://sqlite.org/lang_altertable.html describes for changes that
    touch no row: making the table anew would delete the rows of the tables that refer to it."""
    named = {"name": table}
    kept = sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name")
    changed, times = re.subn(re.escape(old), lambda _: new, connection.execute(kept, named).scalar_one())
    if times != 1:
        raise RuntimeError(f"{table} isn't as the migrations before left it")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    changes = sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :name")
    connection.execute(changes, named | {"sql": changed})
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")
