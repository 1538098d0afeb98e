"""One real server for all tests of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from service import create_app
from service.http.edge import Edge
from tests.conftest import empty_database, settings_for
from tests.orders.shop import Shop
from tests.serving import Server, serving

from .screen import Screen


@pytest.fixture(scope="session")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings that server and tests share."""
    folder = tmp_path_factory.mktemp("screen")
    return {
        "DATABASE_URL": f"sqlite:///{folder / 'sayso.db'}",
        "INSTANCE_PATH": str(folder),
        "SECRET_KEY": "a secret of the tests, forty characters!",
        "PASSWORD_MEMORY_KIB": "64",
        "RATE_LIMITS": "0",
        "SQLITE_SYNCHRONOUS": "OFF",
        "STREAM_LIMIT": "6",
        "SERVER_PROCESSES": "1",
        "SERVER_THREADS": "24",
    }


@pytest.fixture(scope="session")
def served_app(environ: dict[str, str]) -> Iterator[Edge]:
    """The application on the server's database, to arrange by and to compare with."""
    app = create_app(settings_for(environ["DATABASE_URL"], Path(environ["INSTANCE_PATH"])))
    app.testing = True
    with app.app_context():
        app.extensions["sayso.alembic"].upgrade()
    yield app
    app.database.dispose()


@pytest.fixture(scope="session")
def server(environ: dict[str, str], served_app: Edge) -> Iterator[Server]:
    """The server as it is deployed, with the live process beside it."""
    with serving(environ, Path(environ["INSTANCE_PATH"])) as running:
        running.live.start()
        yield running


@pytest.fixture
def screen(browser: Any, server: Server, served_app: Edge) -> Iterator[Screen]:
    """A shop, and a screen of its queue."""
    session: Session
    with served_app.database.writing() as session:
        opened = Screen(browser, f"http://127.0.0.1:{server.port}", Shop(served_app, session))
        yield opened
        opened.close()
    empty_database(served_app)
