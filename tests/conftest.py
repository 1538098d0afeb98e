"""Every test runs on a real database; those that touch one run on SQLite and on PostgreSQL."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy.orm import Session

from service import clock, create_app
from service.config import Settings
from service.db import Base
from service.http.edge import Edge
from service.orders.rules.promise import next_slot

from . import postgres
from .browser import QUIET, chromium
from .watching import Watcher

# Nothing here is a timed test: a busy machine is no failure.
settings.register_profile("sayso", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sayso")

# Signing keys are cached by every app; a test never depends on their absence.
KEPT = {"signing_keys", "alembic_version"}
# How much of the current slot a test finds at least.
ROOM = timedelta(seconds=5)


def pytest_configure(config: pytest.Config) -> None:
    """Start one PostgreSQL for the whole run (the xdist controller does it for its workers)."""
    config.stash[_CLUSTER] = None
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        os.environ["SAYSO_TEST_SERVER"] = given
        return
    cluster = postgres.Cluster()
    config.stash[_CLUSTER] = cluster
    os.environ["SAYSO_TEST_SERVER"] = cluster.url("postgres")


_CLUSTER: pytest.StashKey[postgres.Cluster | None] = pytest.StashKey()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the PostgreSQL that this run started."""
    cluster = config.stash.get(_CLUSTER, None)
    if cluster is not None:
        cluster.stop()


def settings_for(database_url: str, instance_path: Path, **changes: Any) -> Settings:
    """Return settings as in production but for cheap password hashes and no rate limits."""
    environ = {
        "DATABASE_URL": database_url,
        "INSTANCE_PATH": str(instance_path),
        "SECRET_KEY": "a secret of the tests, forty characters!",
        "PASSWORD_MEMORY_KIB": "64",
        "RATE_LIMITS": "0",
        "SQLITE_SYNCHRONOUS": "OFF",
        "DEMO": "1",
        "PAYMENT_SANDBOX_ALLOWED": "1",
        "DB_POOL_SIZE": "40",
        "DB_POOL_TIMEOUT_SECONDS": "20",
        "STATEMENT_TIMEOUT_MS": "20000",
        "LOCK_TIMEOUT_MS": "15000",
        "STREAM_SECONDS": "1",
    }
    return Settings.from_environ(environ | {name: str(value) for name, value in changes.items()})


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def postgresql_url() -> str:
    """A PostgreSQL database of this worker."""
    return postgres.create_database(os.environ["SAYSO_TEST_SERVER"], f"sayso_test_{_worker()}")


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite file of this worker."""
    return f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'sayso.db'}"


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database, of both kinds in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def session_app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """The application on the worker's database, migrated to head."""
    app = create_app(settings_for(database_url, tmp_path_factory.mktemp("instance")))
    app.testing = True
    app.extensions["tests.watcher"] = Watcher(app)
    with app.app_context():
        app.extensions["sayso.alembic"].upgrade()
    gc.collect()
    gc.freeze()  # what is imported and built by now stays: walking through all of it again and again finds nothing
    yield app
    gc.unfreeze()
    app.database.dispose()


@pytest.fixture
def app(session_app: Edge, request: pytest.FixtureRequest) -> Iterator[Edge]:
    """The application on an empty database; every answer it gives must be one that its operation documents."""
    watcher: Watcher = session_app.extensions["tests.watcher"]
    watcher.undocumented.clear()
    _wait_for_room_in_the_slot()
    yield session_app
    empty_database(session_app)
    if request.node.get_closest_marker("broken_on_purpose") is None:
        assert not watcher.undocumented, f"answered, but not documented: {watcher.undocumented}"


def _wait_for_room_in_the_slot() -> None:
    """Begin no test in a slot's last seconds: what it counts in slots from now must still be so when it asks."""
    left = next_slot(clock.now()) - clock.now()
    if left < ROOM:
        time.sleep(left.total_seconds())


def empty_database(app: Edge, kept: Collection[str] = KEPT) -> None:
    """Delete every row but of the kept tables (triggers and foreign keys off: a ledger's own trigger would refuse)."""
    tables, which_hold_rows = _emptied(frozenset(kept))
    with app.database.engine.begin() as connection:
        written = set(connection.exec_driver_sql(which_hold_rows).scalars())
        if app.database.is_postgresql:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        with _without_triggers(connection, written):
            for table in tables:
                if table in written:
                    connection.exec_driver_sql(f'DELETE FROM "{table}"')


@cache
def _emptied(kept: frozenset[str]) -> tuple[list[str], str]:
    """Return the tables but the kept ones, and what asks which of them have rows. This runs after every test: as text,
    since making a statement of so many parts takes longer than running it."""
    tables = [table.name for table in reversed(Base.metadata.sorted_tables) if table.name not in kept]
    return tables, " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in tables)


@contextmanager
def _without_triggers(connection: sa.Connection, tables: Collection[str] | None = None) -> Iterator[None]:
    """Drop SQLite's triggers on the tables (None: on all) for the block: it can't switch them off."""
    triggers: list[Any] = []
    if connection.dialect.name == "sqlite":
        of_all = sa.text("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        triggers = [trigger for trigger in connection.execute(of_all) if tables is None or trigger.tbl_name in tables]
    for trigger in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {trigger.name}")
    yield
    for trigger in triggers:
        connection.exec_driver_sql(trigger.sql)


@pytest.fixture
def session(app: Edge) -> Iterator[Session]:
    """A session of the test's own, to arrange and to look; what it writes it must commit."""
    with app.database.writing() as session:
        yield session


@pytest.fixture
def client(app: Edge) -> FlaskClient:
    """An anonymous client."""
    return app.test_client()


Call = Callable[..., Any]


@pytest.fixture
def shared_data() -> Callable[[str], Path]:
    """Find a real file by name, in SAYSO_SHARED_DATA or beside the repository; skip where it is absent."""

    def find(name: str) -> Path:
        beside = Path(__file__).resolve().parents[2] / "shared" / "data"
        path = Path(os.environ.get("SAYSO_SHARED_DATA", beside)) / name
        if not path.exists():
            pytest.skip(f"the real file {name} is not here (set SAYSO_SHARED_DATA)")
        return path

    return find


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, started once: playwright runs once in a process."""
    path = chromium()
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (make install)")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=path, args=list(QUIET))
        yield started
        started.close()
