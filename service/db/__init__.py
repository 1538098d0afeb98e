"""The database edge: declarative base, column types, engines for SQLite and PostgreSQL, sessions.

Two session makers: `writing` opens transactions, `reading` opens sessions that can only read. On PostgreSQL those
have connections of their own, where each statement is a read-only transaction by itself: READ COMMITTED shows every
statement its own snapshot anyway, so BEGIN and ROLLBACK would be two round trips for nothing. On SQLite a writer
says BEGIN IMMEDIATE, since a deferred BEGIN loses updates or fails with "database is locked" (measured: 8 threads,
400 increments, 53 kept); readers say BEGIN and never wait for a writer (WAL).
"""

from __future__ import annotations

from .checks import swap_check
from .deleting import delete_some
from .engines import Database, migration_engine
from .errors import Again, is_lock_timeout, is_transient, sqlstate, violates
from .paging import newest
from .rerunning import rerun, run_of, say_run
from .sessions import WritingSession, at_one_instant, pipelined, send_with_commit
from .types import Base, BigId, Json, UtcDateTime, new_id

__all__ = [
    "Again",
    "Base",
    "BigId",
    "Database",
    "Json",
    "UtcDateTime",
    "WritingSession",
    "at_one_instant",
    "delete_some",
    "is_lock_timeout",
    "is_transient",
    "migration_engine",
    "new_id",
    "newest",
    "pipelined",
    "rerun",
    "run_of",
    "say_run",
    "send_with_commit",
    "sqlstate",
    "swap_check",
    "violates",
]
