"""Counting statements: the budget of a hot read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from service.http.edge import Edge


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
