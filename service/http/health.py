"""/healthz says that the process runs; /readyz says that it can do its work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask, Response
from sqlalchemy.exc import SQLAlchemyError

from ..db import Database
from ..events import OutboxRow
from .answers import json_response

WORKER_LAG = timedelta(minutes=2)
DRAIN_FILE = "draining"


def register(app: Flask, database: Database, head: Callable[[], str | None], instance_path: Path) -> None:
    """Serve both; `head` names the newest migration, the drain file in the instance folder says "no more"."""

    def ready() -> Response:
        troubles = list(_troubles(database, head(), instance_path))
        return json_response({"ready": not troubles, "troubles": troubles}, 503 if troubles else 200)

    app.add_url_rule("/healthz", "healthz", lambda: json_response({"alive": True}, 200))
    app.add_url_rule("/readyz", "readyz", ready)


def _troubles(database: Database, head: str | None, instance_path: Path) -> Iterator[str]:
    if (instance_path / DRAIN_FILE).exists():
        yield "draining"
        return
    try:
        with database.reading() as session:
            revision = session.scalar(sa.text("SELECT version_num FROM alembic_version"))
            oldest = session.scalar(sa.select(sa.func.min(OutboxRow.due_at)))
    except SQLAlchemyError:
        yield "the database can't be read"
        return
    if revision != head:
        yield (f"the database is at migration {revision}, this release needs {head}")
    if oldest is not None and datetime.now(UTC) - oldest > WORKER_LAG:
        yield ("the worker is behind: is `flask worker` running?")
