"""The engines for SQLite and PostgreSQL, and the session makers on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from ..config import Settings
from .rerunning import rerun
from .sessions import WritingSession

T = TypeVar("T")


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
        # Called after each commit of facts (events.record): to wake who follows them, not to act on them.
        self.on_facts: list[Callable[[], None]] = []
        self.writing: sessionmaker[WritingSession] = sessionmaker(
            self.engine, class_=WritingSession, expire_on_commit=False, info={"on_facts": self.on_facts}
        )
        self.reading: sessionmaker[Session] = sessionmaker(self.reading_engine, expire_on_commit=False)

    def transact(self, work: Callable[[Session], T]) -> T:
        """Do this in a transaction that writes, and commit it; again where the database asks to, as `rerun` says."""

        def committed(session: Session) -> T:
            done = work(session)
            session.commit()
            return done

        return rerun(self.writing, committed)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
        self.reading_engine.dispose()


def _serving(url: sa.URL, settings: Settings, options: str = "", **engine: Any) -> Engine:
    # A prepared statement is planned once, for whatever it is bound to: where one store is unlike the others, it would
    # be planned again at every execution, which costs several times the reading itself (docs/decisions/0008).
    return _postgresql(
        url,
        f"{options} -c plan_cache_mode=force_generic_plan",
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
        connection.execute("PRAGMA recursive_triggers=ON")  # else REPLACE deletes past the triggers that forbid it
        connection.execute("PRAGMA busy_timeout=10000")
        connection.execute("PRAGMA temp_store=MEMORY")

    @event.listens_for(engine, "checkin")
    def _end(connection: Any, _record: object) -> None:
        # SQLite leaves a transaction open whose COMMIT it refused (a deferred foreign key): nobody's, with its lock.
        if connection is not None and connection.in_transaction:
            connection.rollback()

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
