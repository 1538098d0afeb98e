"""The database edge: declarative base, column types, engines for SQLite and PostgreSQL, sessions.

Two session makers: `writing` opens transactions, `reading` opens sessions that can only read. On PostgreSQL those
have connections of their own, where each statement is a read-only transaction by itself: READ COMMITTED shows every
statement its own snapshot anyway, so BEGIN and ROLLBACK would be two round trips for nothing. On SQLite a writer
says BEGIN IMMEDIATE, since a deferred BEGIN loses updates or fails with "database is locked" (measured: 8 threads,
400 increments, 53 kept); readers say BEGIN and never wait for a writer (WAL).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, sessionmaker
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
        if value.tzinfo is UTC:
            return value
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The declarative base of every table: named constraints, UUID keys, UTC instants, JSON documents."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: Json, list[Any]: Json, str: sa.Text}


def new_id() -> UUID:
    """Return a new key: UUIDv7, so that neighbours in time are neighbours in the index."""
    return uuid7()


class Database:
    """The engines and their two session makers."""

    def __init__(self, settings: Settings) -> None:
        url = sa.make_url(settings.database_url)
        self.is_postgresql = url.get_backend_name() == "postgresql"
        self.engine = _serving(url, settings) if self.is_postgresql else _sqlite(url, settings)
        self.reading_engine = (
            _serving(url, settings, "-c default_transaction_read_only=on", isolation_level="AUTOCOMMIT")
            if self.is_postgresql
            else self.engine.execution_options(sayso_begin="BEGIN")
        )
        self.writing: sessionmaker[WritingSession] = sessionmaker(
            self.engine, class_=WritingSession, expire_on_commit=False
        )
        self.reading: sessionmaker[Session] = sessionmaker(self.reading_engine, expire_on_commit=False)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
        self.reading_engine.dispose()


def _serving(url: sa.URL, settings: Settings, options: str = "", **engine: Any) -> Engine:
    return _postgresql(
        url,
        options,
        statement_timeout_ms=settings.statement_timeout_ms,
        lock_timeout_ms=settings.lock_timeout_ms,
        pool_size=settings.db_pool_size,
        max_overflow=0,
        pool_timeout=settings.db_pool_timeout_seconds,
        **engine,
    )


def migration_engine(settings: Settings) -> Engine:
    """Return an engine for migrations: no time-out, but 200 ms for a lock, while others queue up (then run again)."""
    url = sa.make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, settings, foreign_keys="OFF")  # a table made anew is dropped: it must not cascade
    return _postgresql(url, statement_timeout_ms=0, lock_timeout_ms=200, poolclass=sa.NullPool)


def _sqlite(url: sa.URL, settings: Settings, *, foreign_keys: str = "ON") -> Engine:
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
        connection.execute(f"PRAGMA foreign_keys={foreign_keys}")
        connection.execute("PRAGMA busy_timeout=10000")
        connection.execute("PRAGMA temp_store=MEMORY")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        begin = connection.get_execution_options().get("sayso_begin", "BEGIN IMMEDIATE")
        cursor: Any = connection.connection.driver_connection
        cursor.execute(f"PRAGMA query_only={'ON' if begin == 'BEGIN' else 'OFF'}")
        connection.exec_driver_sql(begin)

    return engine


def _postgresql(
    url: sa.URL, options: str = "", *, statement_timeout_ms: int, lock_timeout_ms: int, **engine: Any
) -> Engine:
    options += f" -c statement_timeout={statement_timeout_ms} -c lock_timeout={lock_timeout_ms} -c timezone=UTC"
    return sa.create_engine(
        url,
        json_serializer=_dump,
        json_deserializer=orjson.loads,
        hide_parameters=True,
        **engine,
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

    Only for statements whose results nobody reads. What the database refuses surfaces when the block ends, as the
    same error it would have been alone: a violation, a deadlock, a lock waited for too long, a lost link.
    """
    connection = session.connection()
    with _errors_as_alone(connection), _pipeline(connection):
        yield


def send_with_commit(session: Session) -> None:
    """Let all statements from here on wait for the COMMIT and travel with it in one round trip (PostgreSQL).

    Nothing can be read in this transaction any more. What the database refuses surfaces at the commit.
    """
    if isinstance(session, WritingSession):
        session.open_pipeline()


class WritingSession(Session):
    """A session whose last statements can travel with its COMMIT."""

    _open: ExitStack | None = None
    _current: tuple[SessionTransaction, sa.Connection] | None = None

    def connection(self, *args: Any, **kwargs: Any) -> sa.Connection:
        """Return the transaction's connection; looked up once, since every statement asks for it."""
        if args or kwargs:
            return super().connection(*args, **kwargs)
        current = self._current
        if current is None or current[0] is not self.get_transaction() or not current[0].is_active:
            connection = super().connection()
            self._current = current = (cast(SessionTransaction, self.get_transaction()), connection)
        return current[1]

    def open_pipeline(self) -> None:
        """Send no statement by itself any more: see `send_with_commit`."""
        if self._open is None:
            self._open = ExitStack()
            self._open.enter_context(_pipeline(self.connection()))

    def rollback(self) -> None:
        """Undo everything, also what waits for the COMMIT."""
        self._abandon()
        super().rollback()

    def close(self) -> None:
        """Give the connection back, whatever it was doing."""
        self._abandon()
        self._current = None
        super().close()

    def _abandon(self) -> None:
        with suppress(Exception):  # what went wrong was told when it did
            self._leave()

    def _commit_in_pipeline(self) -> None:
        connection = self.connection()
        with _errors_as_alone(connection):
            if connection.dialect.name == "postgresql":
                # The driver finds the transaction ended and has nothing to commit after this.
                connection.exec_driver_sql("COMMIT")
            self._leave()

    def _leave(self) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            opened.close()


@event.listens_for(WritingSession, "before_commit")
def _send(session: WritingSession) -> None:
    if session._open is not None:
        session.flush()
        session._commit_in_pipeline()


def _pipeline(connection: sa.Connection) -> AbstractContextManager[Any]:
    if connection.dialect.name != "postgresql":
        return nullcontext()
    driver: Any = connection.connection.driver_connection
    pipeline: AbstractContextManager[Any] = driver.pipeline()
    return pipeline


@contextmanager
def _errors_as_alone(connection: sa.Connection) -> Iterator[None]:
    """Raise what surfaces outside of its statement as the error it would have been there."""
    try:
        yield
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_alone(connection, error) from error


def _as_alone(connection: sa.Connection, error: Any) -> Any:
    """Return the driver's error as SQLAlchemy would have raised it for a single statement."""
    dialect = connection.dialect
    is_lost = dialect.is_disconnect(error, connection.connection.driver_connection, None)
    if is_lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        "pipelined statements",
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=dialect,
    )


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


def run_of(session: Session) -> tuple[int, bool]:
    """Return which run of its transaction this is, from 1, and whether `Again` would give it another one."""
    return session.info.get("run", (1, False))  # type: ignore[no-any-return]


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
