"""queries.store_facts: what other packages read, kept by version."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.http.edge import Edge
from service.stores import actions, queries
from service.stores.models import Station, Store, TaxRate

from ..factories import make_store


def test_unchanged_facts_cost_one_statement_and_a_trusted_version_none(app: Edge, session: Session) -> None:
    store = make_store(session)
    queries.store_facts(session, store.id)
    statements: list[str] = []

    def count(*given: Any) -> None:
        statements.append(given[2])

    with app.database.reading() as reading:
        reading.connection()  # SQLite's BEGIN is a statement of its own
        event.listen(app.database.reading_engine, "before_cursor_execute", count)
        first = queries.store_facts(reading, store.id)
        statements_of_one_read = len(statements)
        assert queries.store_facts_at(reading, store.id, 1) is first
    event.remove(app.database.reading_engine, "before_cursor_execute", count)

    assert (statements_of_one_read, len(statements)) == (1, 1)


def test_a_change_is_read_at_the_next_look(app: Edge, session: Session) -> None:
    store = make_store(session)
    with app.database.reading() as reading:
        assert queries.store_facts(reading, store.id).is_paused is False
    actions.pause_ordering(session, store_id=store.id, until=None, reason="flood", now=datetime.now(UTC))
    session.commit()

    with app.database.reading() as reading:
        facts = queries.store_facts(reading, store.id)
        version = reading.scalar(sa.select(queries.version_of(sa.literal(store.id, sa.Uuid))))

    assert (facts.is_paused, facts.pause_reason, facts.version, version) == (True, "flood", 2, 2)
    assert (facts.stations, facts.tax_rates) == ({"bar": 2, "oven": 1, "cold": 1}, {"standard": 825})


def test_a_store_that_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        queries.store_facts(session, uuid4())


@pytest.mark.parametrize(
    "change",
    [
        sa.update(Store).values(latitude=91),
        sa.update(Store).values(longitude=-181),
        sa.update(Store).values(currency="usd"),
        sa.update(Store).values(country="USA"),
        sa.update(Store).values(lead_minutes=-1),
        sa.update(Store).values(cutoff_minutes=1441),
        sa.update(Store).values(version=0),
        sa.update(Store).values(hours=""),
        sa.update(Store).values(
            paused_at=datetime(2026, 1, 2, tzinfo=UTC), paused_until=datetime(2026, 1, 1, tzinfo=UTC)
        ),
        sa.update(Station).values(makers=0),
        sa.update(Station).values(kind="grill"),
        sa.update(TaxRate).values(rate_bps=10_001),
    ],
)
def test_the_tables_refuse_what_no_store_can_be(session: Session, change: sa.Update) -> None:
    make_store(session)

    with pytest.raises(IntegrityError):
        session.execute(change)
    session.rollback()


def test_two_stores_cannot_share_a_number(session: Session) -> None:
    make_store(session, number="1")

    with pytest.raises(IntegrityError):
        make_store(session, number="1")
    session.rollback()
