"""Migrations: one linear history that makes exactly the models, up and down, on both databases."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

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
