"""The session that writes, and statements that travel together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction


@contextmanager
def pipelined(session: Session) -> Iterator[None]:
    """Send the statements of the block in one round trip on PostgreSQL, one by one on SQLite.

    Only for statements whose results nobody reads. What the database refuses surfaces when the block ends, as the
    same error it would have been alone: a violation, a deadlock, a lock waited for too long, a lost link.
    """
    connection = session.connection()
    with _errors_as_alone(connection), _pipeline(connection):
        yield


def at_one_instant(session: Session) -> None:
    """Let everything that the session reads from here on be of one instant; before its first statement.

    On SQLite every transaction's reads are.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


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
        """Return the transaction's connection; looked up once, since every statement asks for it.

        Once for each savepoint, too: it is set when its connection is asked for.
        """
        if args or kwargs:
            return super().connection(*args, **kwargs)
        current = self._current
        if current is None or current[0] is not self._innermost() or not current[0].is_active:
            connection = super().connection()
            self._current = current = (cast(SessionTransaction, self._innermost()), connection)
        return current[1]

    def _innermost(self) -> SessionTransaction | None:
        return self.get_nested_transaction() or self.get_transaction()

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
