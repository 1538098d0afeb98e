"""Two who do something at once, each waiting for the other where it holds what the other will want; and who doesn't,
where nothing is held."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
import sqlalchemy as sa

from service.db import Database
from service.http.edge import Edge

from .counting import retried

Where = tuple[Any, str]
circle = pytest.mark.parametrize("circle", [False, True], ids=["as it is", "control"])
"""Run a test as the service is, and with what its control takes away."""


@contextmanager
def without_turns(database: Database, *, nor_locks_on: str | None = None) -> Iterator[None]:
    """Let nobody take a customer's turn on PostgreSQL, nor lock the rows that they read of a table. On SQLite writers
    take turns anyway."""

    def unguarded(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        statement = statement.replace("pg_advisory_xact_lock(", "concat(")
        if nor_locks_on is not None and f"FROM {nor_locks_on}" in statement:
            statement = statement.replace(" FOR UPDATE", "")
        return statement, parameters

    sa.event.listen(database.engine, "before_cursor_execute", unguarded, retval=True)
    try:
        yield
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", unguarded)


class Meeting:
    """Two who do something at once, each waiting for the other where it holds what the other will want."""

    def __init__(self, app: Edge, patches: pytest.MonkeyPatch) -> None:
        self.app, self.patches = app, patches
        self.is_postgresql = app.database.is_postgresql

    def deadlocks(self, *works: Callable[[], Any], at: list[Where], circle: bool) -> int:
        """Return how often the database had to end a deadlock of them; they wait at most a moment, and longer where
        a `circle` is expected."""
        both, seconds = Barrier(2), 10.0 if circle and self.is_postgresql else 0.3
        for where, name in at:
            self.patches.setattr(where, name, self._pausing(getattr(where, name), both, seconds))
        with retried() as found, ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(lambda work: work(), works))
        assert {answer.status_code // 100 for answer in answers if answer is not None} <= {2, 4}
        return found["40P01"]

    def expected(self, circle: bool) -> int:
        """Return how many deadlocks there must be."""
        return int(circle and self.is_postgresql)

    @staticmethod
    def _pausing(called: Callable[..., Any], both: Barrier, seconds: float) -> Callable[..., Any]:
        first = iter([True])

        def paused(*given: Any, **named: Any) -> Any:
            result = called(*given, **named)
            if next(first, False):  # who runs again waits for nobody
                with suppress(BrokenBarrierError):
                    both.wait(seconds)
            return result

        return paused
