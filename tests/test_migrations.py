"""Migrations: one linear history that makes exactly the models, up and down, on both databases."""

from __future__ import annotations

import os
import re
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from service import create_app

from . import postgres
from .conftest import settings_for

MIGRATIONS = Path(__file__).parent.parent / "service" / "migrations"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return postgres.create_database(os.environ["SAYSO_TEST_SERVER"], f"sayso_empty_{worker}")


def test_upgrading_makes_the_models_and_downgrading_leaves_nothing(empty_database_url: str, tmp_path: Path) -> None:
    app = create_app(settings_for(empty_database_url, tmp_path))
    with app.app_context():
        alembic = app.extensions["sayso.alembic"]
        alembic.upgrade()
        assert alembic.compare_metadata() == []
        alembic.downgrade("base")
    assert set(sa.inspect(app.database.engine).get_table_names()) <= {"alembic_version"}
    app.database.dispose()


def test_migrations_are_numbered_and_follow_one_another() -> None:
    files = sorted(MIGRATIONS.glob("[0-9]*.py"))
    numbers = [file.name[:4] for file in files]
    parents = [re.search(r'down_revision = (None|"\d{4}")', file.read_text()) for file in files]

    assert numbers == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert [match.group(1).strip('"') for match in parents if match] == ["None", *numbers[:-1]]


def test_a_remedy_that_was_given_before_names_its_order_once_and_what_was_booked_stays(
    empty_database_url: str, tmp_path: Path
) -> None:
    app = create_app(settings_for(empty_database_url, tmp_path))
    order, owner, movement = (f"{number:032x}" for number in (1, 2, 3))
    account = f"'wallet', '{owner}', 'USD'", f"'remedies', '{owner}', 'USD'"
    with app.app_context():
        alembic = app.extensions["sayso.alembic"]
        alembic.upgrade("0033")
        with app.database.engine.begin() as given:
            for kind, balance in zip(account, (87, 0), strict=True):
                opened = f"{kind}, {balance}, 0, {min(balance, 1)}, '2026-01-01 00:00:00.000000'"
                given.exec_driver_sql(f"INSERT INTO ledger_accounts VALUES ({opened})")
            for position, (kind, rest) in enumerate(zip(account, ("87, 1, 87", "-87, NULL, NULL"), strict=True), 1):
                entry = f"'{movement}', {position}, {kind}, {rest}"
                given.exec_driver_sql(f"INSERT INTO ledger_entries VALUES ({entry})")
            columns = "id, kind, purpose, purpose_id, order_id, happened_at"
            made = f"'{movement}', 'remedy', 'order', '{order}', '{order}', '2026-01-01 00:00:00.000000'"
            given.exec_driver_sql(f"INSERT INTO ledger_transactions ({columns}) VALUES ({made})")
        alembic.upgrade()
        with app.database.engine.connect() as found:
            of_it = "SELECT purpose, purpose_id, order_id FROM ledger_transactions"
            purpose, purpose_id, order_id = found.exec_driver_sql(of_it).one()
        with pytest.raises(DBAPIError), app.database.engine.begin() as changed:
            changed.exec_driver_sql("UPDATE ledger_transactions SET purpose = 'order'")
    assert (purpose, UUID(str(order_id))) == ("remedy", UUID(order))
    assert UUID(str(purpose_id)) != UUID(order)
    app.database.dispose()
