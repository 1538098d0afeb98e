"""What the queue costs doesn't depend on how many orders are behind it, or open elsewhere: it reads one index of one
store, chosen once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bench import fill
from service.db import Base
from service.http.edge import Edge
from service.pickup.queries import queue

from .counter import Counter

PAST = 3_000
SWEEPS = {"ix_orders_due", "ix_orders_open_until"}


@contextmanager
def connected(app: Edge) -> Iterator[Connection]:
    """A connection of its own that commits each statement."""
    with app.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def plan_of(connection: Connection, view: queue.View, store_id: UUID) -> str:
    """Return how the database would read the queue's version."""
    how = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"

    @sa.event.listens_for(connection, "before_cursor_execute", retval=True)
    def explain(_connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, _many: bool) -> tuple[str, Any]:
        return f"{how} {sql}", values

    try:
        rows = connection.execute(queue._VERSION[view], {"store_id": store_id})
        return "\n".join(str(tuple(row)) for row in rows)
    finally:
        sa.event.remove(connection, "before_cursor_execute", explain)


def an_empty_evening(app: Edge, counter: Counter) -> None:
    """Let the planner look at a long past with nothing open: what it learns at night holds until the next look."""
    order = counter.shop.finished()
    with app.database.engine.begin() as connection:
        fill.add_past_orders(connection, UUID(order["id"]), [counter.shop.store.id], count=PAST)
    with connected(app) as connection:
        connection.exec_driver_sql("VACUUM ANALYZE orders")


@pytest.mark.parametrize("view", ["open", "scheduled"])
def test_it_reads_an_index_of_the_store(app: Edge, counter: Counter, view: queue.View) -> None:
    if app.database.is_postgresql:
        an_empty_evening(app, counter)

    with connected(app) as connection:
        plan = plan_of(connection, view, counter.shop.store.id)

    assert "ix_orders_queue" in plan or "uq_orders_open_code" in plan, plan
    assert not any(sweep in plan for sweep in SWEEPS), plan


def test_without_its_narrower_condition_an_index_of_all_stores_is_chosen(app: Edge, counter: Counter) -> None:
    if not app.database.is_postgresql:
        pytest.skip("SQLite's planner prefers an index whose first column is compared")
    with connected(app) as connection:
        connection.exec_driver_sql("DROP INDEX ix_orders_open_until")
        connection.exec_driver_sql(
            "CREATE INDEX ix_orders_open_until ON orders (window_ends_at, id) WHERE state IN "
            "('fired', 'held', 'in_preparation', 'placed', 'ready', 'scheduled')"
        )
    try:
        an_empty_evening(app, counter)
        with connected(app) as connection:
            assert "ix_orders_open_until" in plan_of(connection, "open", counter.shop.store.id)
    finally:
        index = next(each for each in Base.metadata.tables["orders"].indexes if each.name == "ix_orders_open_until")
        with connected(app) as connection:
            index.drop(connection)
            index.create(connection)


def test_the_sweeps_over_all_stores_use_theirs(app: Edge) -> None:
    if not app.database.is_postgresql:
        pytest.skip("SQLite has no statistics of an empty table to choose by")
    open_code = next(each for each in Base.metadata.tables["orders"].indexes if each.name == "uq_orders_open_code")
    is_open = open_code.dialect_options["postgresql"]["where"]
    with connected(app) as connection:
        connection.exec_driver_sql("SET enable_sort = off")
        overdue = sa.text(
            f"EXPLAIN SELECT id FROM orders WHERE {is_open} AND window_ends_at <= now() ORDER BY window_ends_at, id"
        )
        plan = "\n".join(str(tuple(row)) for row in connection.execute(overdue))

    assert "ix_orders_open_until" in plan


def test_it_is_planned_once_not_at_every_reading(app: Edge, counter: Counter) -> None:
    if not app.database.is_postgresql:
        pytest.skip("SQLite keeps no plan by what it is bound to")
    counter.fired()
    with app.database.reading() as session:
        for _ in range(12):
            queue.queue_version(session, store_id=counter.shop.store.id)
        plans = session.execute(
            sa.text(
                "SELECT sum(generic_plans), sum(custom_plans) FROM pg_prepared_statements "
                "WHERE statement LIKE '%string_agg%'"
            )
        ).one()

    assert plans[0] > 0
    assert plans[1] == 0
