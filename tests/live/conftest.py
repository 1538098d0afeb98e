"""A real server with a live process beside it, on each database, and a shop to follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from service.http.edge import Edge
from tests.orders.shop import Shop
from tests.serving import Server

from .reading import Reader, open_stream


@pytest.fixture
def shop(app: Edge, session: Session) -> Shop:
    """A store with more makers than the tests keep busy."""
    return Shop(app, session, stations={"bar": 100, "oven": 100})


@pytest.fixture(scope="session")
def environ(session_app: Edge, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings of every process of one instance."""
    settings = session_app.extensions["sayso.settings"]
    return {
        "DATABASE_URL": settings.database_url,
        "INSTANCE_PATH": str(tmp_path_factory.mktemp("live")),
        "SECRET_KEY": settings.secret_key,
        "PAYMENT_SANDBOX_ALLOWED": "1",
        "RATE_LIMITS": "0",
    }


@pytest.fixture(scope="session")
def one_server(environ: dict[str, str]) -> Iterator[Server]:
    """The production server, started once: a test that ends a part of it leaves it to the next to start it again."""
    server = Server(environ, Path(environ["INSTANCE_PATH"]))
    yield server
    server.stop()


@pytest.fixture
def server(one_server: Server, shop: Shop) -> Iterator[Server]:
    """The production server and its live process. What the test's own application commits nudges it too."""
    one_server.revive()
    shop.app.database.on_facts.append(one_server.live.nudge)
    yield one_server
    shop.app.database.on_facts.remove(one_server.live.nudge)


@pytest.fixture
def readers() -> Iterator[list[Reader]]:
    """Streams that are closed at the test's end."""
    opened: list[Reader] = []
    yield opened
    for reader in opened:
        reader.close()


@pytest.fixture
def follow(server: Server, readers: list[Reader]) -> object:
    """Open a stream of the server."""

    def opened(path: str, headers: dict[str, str]) -> Reader:
        reader = open_stream(server.port, path, headers)
        readers.append(reader)
        return reader

    return opened
