"""Counting statements, the budget of a hot read; and transactions that had to run again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from service.db import is_transient, rerunning
from service.http.edge import Edge
from service.worker import worker


@contextmanager
def counted(app: Edge) -> Iterator[list[str]]:
    """Collect the statements that the application's engines send within the block."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    # On SQLite both session makers are of one engine.
    engines = [app.database.engine] + [app.database.reading_engine] * app.database.is_postgresql
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)


@contextmanager
def retried() -> Iterator[Counter[str]]:
    """Count the transactions of the block that were run again, by the database's word for why: an SQLSTATE, or SQLite's
    name."""
    found: Counter[str] = Counter()

    def noting(error: BaseException) -> bool:
        again = is_transient(error)
        if again:
            cause = getattr(error, "orig", None)
            word = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
            found[word or type(error).__name__] += 1
        return again

    with ExitStack() as patches:
        for module in (rerunning, worker):
            patches.enter_context(patch.object(module, "is_transient", noting))
        yield found
