"""What PostgreSQL refuses inside a pipeline reads as it would have alone: the edge must recognise it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from service.db import is_lock_timeout, is_transient, pipelined
from service.http.edge import Edge
from tests.factories import make_store

RENAME = sa.text("UPDATE stores SET notice = 'open'")


@pytest.fixture
def on_postgresql(app: Edge, session: Session) -> Edge:
    """The application on PostgreSQL, with a store."""
    if not app.database.is_postgresql:
        pytest.skip("SQLite has no pipelines")
    make_store(session)
    return app


def test_a_lock_waited_for_too_long_is_a_lock_timeout(on_postgresql: Edge, session: Session) -> None:
    session.execute(RENAME)

    with on_postgresql.database.writing() as other:
        other.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(DBAPIError) as raised, pipelined(other):
            other.execute(RENAME)

    assert is_lock_timeout(raised.value)


def test_a_lost_connection_is_one_to_try_again_on(on_postgresql: Edge, session: Session) -> None:
    with on_postgresql.database.writing() as other:
        pid = other.scalar(sa.text("SELECT pg_backend_pid()"))
        session.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with pytest.raises(DBAPIError) as raised, pipelined(other):
            other.execute(RENAME)
        assert is_transient(raised.value)
        other.rollback()
        other.execute(RENAME)  # on a new connection
