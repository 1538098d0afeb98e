"""What the database's refusals mean."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError


def violates(error: IntegrityError, table: sa.Table, *columns: str) -> bool:
    """Tell whether the violation is of the unique or primary key over these columns of the table.

    PostgreSQL names the constraint, SQLite names the columns.
    """
    text = str(error.orig)
    if "UNIQUE constraint failed" in text:
        return text.endswith(": " + ", ".join(f"{table.name}.{column}" for column in columns))
    names = {
        constraint.name
        for constraint in table.constraints
        if isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
        and [column.name for column in constraint.columns] == list(columns)
    } | {index.name for index in table.indexes if [c.name for c in index.columns] == list(columns)}
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None) in names


class Again(Exception):
    """Another transaction got there first; re-running this one whole will see what it did."""


def is_transient(error: BaseException) -> bool:
    """Tell whether re-running the whole transaction may succeed.

    So it may after a serialization failure, a deadlock, a lost link, and where another transaction took a unique key
    first: the re-run sees what the other one did.
    """
    if isinstance(error, Again):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return sqlstate(error) in {"40001", "40P01", "23505"} or error.connection_invalidated or _is_taken(error)


def _is_taken(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlite_errorname", "") in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}


def is_lock_timeout(error: BaseException) -> bool:
    """Tell whether another transaction held what this one needed for too long."""
    if not isinstance(error, DBAPIError):
        return False
    return sqlstate(error) == "55P03" or "database is locked" in str(error.orig)


def sqlstate(error: DBAPIError) -> str | None:
    """Return PostgreSQL's SQLSTATE of the error, None on SQLite."""
    return getattr(error.orig, "sqlstate", None)
