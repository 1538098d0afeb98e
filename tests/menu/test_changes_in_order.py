"""The feed's order: a reader that saw one change never meets an older one later."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.http.edge import Edge
from service.menu import actions, queries
from service.menu.actions import changes
from service.menu.models import MenuChange

from ..factories import NOW, make_menu, make_store


def _mark(session: Session, store_id: UUID, item_id: UUID) -> None:
    actions.mark_sold_out(session, store_id=store_id, kind="item", subject_id=item_id, until=None, now=NOW)


def _overtaken(app: Edge, store_id: UUID, first: UUID, second: UUID) -> bool:
    """Start a change, let another try to commit a later one meanwhile; tell whether it could."""
    done = Event()

    def later() -> None:
        with app.database.writing() as session:
            _mark(session, store_id, second)
            session.commit()
        done.set()

    thread = Thread(target=later)
    with app.database.writing() as session:
        _mark(session, store_id, first)
        thread.start()
        overtaken = done.wait(0.5)
        session.commit()
    thread.join(10)
    return overtaken


def test_a_later_change_waits_for_the_one_before(session: Session, app: Edge) -> None:
    small, store_id = make_menu(session), make_store(session).id
    session.rollback()

    assert not _overtaken(app, store_id, small.croissant, small.americano)

    with app.database.reading() as reading:
        rows = reading.execute(sa.select(MenuChange.subject_id).order_by(MenuChange.seq.desc()).limit(2)).scalars()
        assert list(rows) == [small.americano, small.croissant]


def test_control_without_turns_a_later_change_overtakes(
    session: Session, app: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above proves something: on PostgreSQL, without the lock, the version would not grow at the end."""
    if not app.database.is_postgresql:
        pytest.skip("SQLite's writers take turns by themselves")
    small, store_id = make_menu(session), make_store(session).id
    session.rollback()
    monkeypatch.setattr(changes, "_take_turns", lambda *_: None)

    assert _overtaken(app, store_id, small.croissant, small.americano)


def test_stores_do_not_wait_for_one_another(session: Session, app: Edge) -> None:
    if not app.database.is_postgresql:
        pytest.skip("SQLite has one writer at a time")
    small: Any = make_menu(session)
    here, there = make_store(session).id, make_store(session).id

    _mark(session, here, small.croissant)
    with app.database.writing() as other:
        _mark(other, there, small.croissant)
        other.commit()
    session.commit()

    assert queries.version(session, store_id=here) != queries.version(session, store_id=there)
