"""Sessions: what reads can't write, and what waits for the COMMIT is one with it."""

from __future__ import annotations

from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, InternalError
from sqlalchemy.orm import Session

from service import clock
from service.db import Again, is_transient, run_of, send_with_commit
from service.db.rerunning import RUNS
from service.http.edge import Edge
from service.http.idempotency import KeptAnswer

ANSWERS = KeptAnswer.__table__


def answer(key: str) -> sa.Insert:
    """Return the statement that keeps an answer under the key."""
    row = {"fingerprint": "f", "status": 201, "headers": [], "body": b"", "created_at": clock.now()}
    return sa.insert(ANSWERS).values(scope="s", key=key, **row)


def kept(session: Session) -> int:
    """Return how many answers are kept."""
    return session.scalar(sa.select(sa.func.count()).select_from(ANSWERS)) or 0


def test_what_waits_for_the_commit_is_there_after_it(app: Edge, session: Session) -> None:
    with app.database.writing() as writing:
        send_with_commit(writing)
        writing.execute(answer("one"))
        writing.execute(answer("two"))
        writing.commit()
        assert kept(writing) == 2  # and the session goes on as any other

    assert kept(session) == 2


def test_what_waits_for_the_commit_is_gone_after_a_rollback(app: Edge, session: Session) -> None:
    with app.database.writing() as writing:
        send_with_commit(writing)
        writing.execute(answer("one"))
        writing.rollback()
        assert kept(writing) == 0

    assert kept(session) == 0


def test_a_session_closed_without_a_commit_leaves_nothing(app: Edge, session: Session) -> None:
    with app.database.writing() as writing:
        send_with_commit(writing)
        writing.execute(answer("one"))

    assert kept(session) == 0


def test_a_taken_key_fails_the_whole_transaction_and_may_be_tried_again(app: Edge, session: Session) -> None:
    session.execute(answer("taken"))
    session.commit()
    with app.database.writing() as writing:
        send_with_commit(writing)
        with pytest.raises(IntegrityError) as violation:
            _write_and_commit(writing)
        writing.rollback()
        assert kept(writing) == 1

    assert is_transient(violation.value)


def _write_and_commit(writing: Session) -> None:
    writing.execute(answer(str(uuid4())))
    writing.execute(answer("taken"))
    writing.commit()


def test_a_savepoint_holds_also_what_went_straight_to_the_connection(app: Edge, session: Session) -> None:
    with app.database.writing() as writing:
        writing.connection().execute(answer("before"))
        savepoint = writing.begin_nested()
        writing.connection().execute(answer("within"))
        savepoint.rollback()
        writing.connection().execute(answer("after"))
        writing.commit()

    assert set(session.scalars(sa.select(ANSWERS.c.key))) == {"before", "after"}


def test_a_broken_check_is_not_tried_again(app: Edge, session: Session) -> None:
    with pytest.raises(IntegrityError) as violation:
        session.execute(sa.insert(ANSWERS).values(scope="s", key="k"))  # everything else is NOT NULL

    assert not is_transient(violation.value)


def test_a_transaction_runs_again_whole_until_it_is_done(app: Edge, session: Session) -> None:
    runs = []

    def work(writing: Session) -> str:
        runs.append(run_of(writing))
        writing.execute(answer(f"run {len(runs)}"))
        if len(runs) < 3:
            raise Again
        return "done"

    assert app.database.transact(work) == "done"
    assert runs == [(1, True), (2, True), (3, True)]
    assert list(session.scalars(sa.select(ANSWERS.c.key))) == ["run 3"]


def test_what_the_commit_refuses_runs_again_too(app: Edge, session: Session) -> None:
    session.execute(answer("taken"))
    session.commit()

    def work(writing: Session) -> None:
        send_with_commit(writing)
        writing.execute(answer("taken" if run_of(writing)[0] == 1 else "free"))

    app.database.transact(work)

    assert set(session.scalars(sa.select(ANSWERS.c.key))) == {"taken", "free"}


def test_it_runs_again_a_bounded_number_of_times_and_the_last_run_knows(app: Edge, session: Session) -> None:
    runs = []

    def work(writing: Session) -> None:
        runs.append(run_of(writing))
        writing.execute(answer("never"))
        raise Again

    with pytest.raises(Again):
        app.database.transact(work)

    assert runs == [(run, run < RUNS) for run in range(1, RUNS + 1)]
    assert kept(session) == 0


def test_what_is_refused_for_another_reason_does_not_run_again(app: Edge, session: Session) -> None:
    runs = []

    def work(writing: Session) -> None:
        runs.append(run_of(writing))
        writing.execute(sa.insert(ANSWERS).values(scope="s", key="k"))

    with pytest.raises(IntegrityError):
        app.database.transact(work)

    assert len(runs) == 1


def test_a_reading_session_cannot_write_on_postgresql(app: Edge) -> None:
    if not app.database.is_postgresql:
        pytest.skip("SQLite has no read-only transactions")
    with app.database.reading() as reading, pytest.raises(InternalError):
        reading.execute(answer("one"))
