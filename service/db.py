"""The database edge: declarative base, column types, engines for SQLite and PostgreSQL, sessions.

Two session makers share one connection pool: `reading` opens read-only transactions, `writing` opens ones that
may write. On SQLite a writer says BEGIN IMMEDIATE, since a deferred BEGIN loses updates or fails with "database
is locked" (measured: 8 threads, 400 increments, 53 kept); readers say BEGIN and never wait for a writer (WAL).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from uuid_utils.compat import uuid7

from .config import Settings

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# A JSON document: JSONB on PostgreSQL, text on SQLite.
Json = sa.JSON().with_variant(JSONB(), "postgresql")
# A 64-bit integer that SQLite can autoincrement.
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An instant: aware datetimes in and out, UTC in the table; a naive one is an error."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The declarative base of every table: named constraints, UUID keys, UTC instants, JSON documents."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: Json, list[Any]: Json, str: sa.Text}


def new_id() -> UUID:
    """Return a new key: UUIDv7, so that neighbours in time are neighbours in the index."""
    return uuid7()


class Database:
    """The engine and its two session makers."""

    def __init__(self, settings: Settings) -> None:
        self.engine = _engine(settings)
        self.is_postgresql = self.engine.dialect.name == "postgresql"
        reading = self.engine.execution_options(postgresql_readonly=True, sayso_begin="BEGIN")
        self.writing: sessionmaker[Session] = sessionmaker(self.engine, expire_on_commit=False)
        self.reading: sessionmaker[Session] = sessionmaker(reading, expire_on_commit=False)


def _engine(settings: Settings) -> Engine:
    url = sa.make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, settings)
    return _postgresql(
        url,
        statement_timeout_ms=settings.statement_timeout_ms,
        lock_timeout_ms=settings.lock_timeout_ms,
        pool_size=settings.db_pool_size,
        max_overflow=0,
        pool_timeout=settings.db_pool_timeout_seconds,
    )


def migration_engine(settings: Settings) -> Engine:
    """Return an engine for migrations: as long as they need, but never waiting for a lock while others queue up
    behind it (200 ms; run the upgrade again where that was too short)."""
    url = sa.make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, settings)
    return _postgresql(url, statement_timeout_ms=0, lock_timeout_ms=200, poolclass=sa.NullPool)


def _sqlite(url: sa.URL, settings: Settings) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url,
        json_serializer=_dump,
        json_deserializer=orjson.loads,
        pool_size=settings.db_pool_size,
        hide_parameters=True,  # an error is logged; what it was bound to may be personal
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        # Python's driver must not open transactions of its own: BEGIN is ours, below.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={settings.sqlite_synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA busy_timeout=10000")
        connection.execute("PRAGMA temp_store=MEMORY")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        begin = connection.get_execution_options().get("sayso_begin", "BEGIN IMMEDIATE")
        cursor: Any = connection.connection.driver_connection
        cursor.execute(f"PRAGMA query_only={'ON' if begin == 'BEGIN' else 'OFF'}")
        connection.exec_driver_sql(begin)

    return engine


def _postgresql(url: sa.URL, *, statement_timeout_ms: int, lock_timeout_ms: int, **pool: Any) -> Engine:
    options = f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={lock_timeout_ms}"
    return sa.create_engine(
        url,
        json_serializer=_dump,
        json_deserializer=orjson.loads,
        hide_parameters=True,
        **pool,
        connect_args={
            "connect_timeout": 2,
            "tcp_user_timeout": 3000,
            "keepalives_idle": 10,
            "application_name": "sayso",
            "options": options,
        },
    )


def _dump(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()


@contextmanager
def pipelined(session: Session) -> Iterator[None]:
    """Send the statements of the block in one round trip on PostgreSQL, one by one on SQLite.

    Only for statements whose results nobody reads. A constraint violation surfaces when the block ends, as the
    same `IntegrityError` it would have been alone.
    """
    connection = session.connection()
    driver = connection.connection.driver_connection
    pipeline: AbstractContextManager[Any] = nullcontext()
    if connection.dialect.name == "postgresql":
        pipeline = driver.pipeline()  # type: ignore[union-attr]
    try:
        with pipeline:
            yield
    except connection.dialect.loaded_dbapi.IntegrityError as violation:
        raise IntegrityError("pipelined statements", None, violation) from violation


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
    """Tell whether re-running the whole transaction may succeed: serialization failure, deadlock, lost link."""
    if isinstance(error, Again):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return sqlstate(error) in {"40001", "40P01"} or error.connection_invalidated


def is_lock_timeout(error: BaseException) -> bool:
    """Tell whether another transaction held what this one needed for too long."""
    if not isinstance(error, DBAPIError):
        return False
    return sqlstate(error) == "55P03" or "database is locked" in str(error.orig)


def sqlstate(error: DBAPIError) -> str | None:
    """Return PostgreSQL's SQLSTATE of the error, None on SQLite."""
    return getattr(error.orig, "sqlstate", None)


__all__ = [
    "Again",
    "Base",
    "BigId",
    "Database",
    "Json",
    "UtcDateTime",
    "is_lock_timeout",
    "is_transient",
    "migration_engine",
    "new_id",
    "pipelined",
    "sqlstate",
    "violates",
]
