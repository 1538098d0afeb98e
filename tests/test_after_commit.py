"""What is done after a request's commit: its result is the answer, also for a repeat; its failure never is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service import create_app
from service.errors import NotFound
from service.http import Blueprint, Document, after_commit, public
from service.http.edge import Edge

from .conftest import settings_for

DONE: list[str] = []
DARK: list[Callable[[], None]] = []


@pytest.fixture(params=["kept", "plain"])
def path(request: pytest.FixtureRequest) -> str:
    """The address of an operation with an idempotency key, and of one without."""
    return f"/v1/done/{request.param}"


@pytest.fixture
def doing(database_url: str, app: Any, tmp_path: Path) -> Iterator[FlaskClient]:
    """An application with two operations that do something after their commit."""
    bp = Blueprint("done", "done", url_prefix="/v1/done")

    def work(said: str) -> Document:
        def after() -> Document:
            DONE.append(said)
            if said == "dark":
                DARK.pop()()
            if said == "fails":
                raise OSError("dark")
            return Document({"state": "settled"})

        after_commit(after)
        if said == "refused":
            raise NotFound("thing")
        return Document({"state": "begun"})

    @bp.post("/kept/<said>")
    @public
    @bp.idempotent
    @bp.response(201)
    def done_and_kept(said: str) -> Document:
        """Do it once"""
        return work(said)

    @bp.post("/plain/<said>")
    @public
    @bp.response(201)
    def done_plainly(said: str) -> Document:
        """Do it"""
        return work(said)

    other = create_app(settings_for(database_url, tmp_path))
    other.extensions["flask-smorest"]["apis"][""]["ext_obj"].register_blueprint(bp)
    DONE.clear()
    yield other.test_client()
    other.database.dispose()


def post(client: FlaskClient, path: str, said: str) -> tuple[int, Any]:
    """Send it under one key."""
    answer = client.post(f"{path}/{said}", headers={"Idempotency-Key": said})
    return answer.status_code, answer.json.get("state")


def test_what_came_of_it_is_answered_and_a_failure_leaves_the_first_answer(doing: FlaskClient, path: str) -> None:
    assert post(doing, path, "done") == (201, "settled")
    assert post(doing, path, "done") == (201, "settled")
    assert ["done"] * (1 if "kept" in path else 2) == DONE
    assert post(doing, path, "fails") == (201, "begun")
    assert post(doing, path, "fails") == (201, "begun")
    assert post(doing, path, "refused") == (404, None)
    assert "refused" not in DONE


def test_an_answer_that_can_not_be_kept_any_more_is_no_failure(doing: FlaskClient, app: Edge) -> None:
    def rename(before: str, after: str) -> None:
        with app.database.engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {before} RENAME TO {after}")

    DARK.append(lambda: rename("idempotency_keys", "lost_keys"))
    try:
        assert post(doing, "/v1/done/kept", "dark") == (201, "begun")
    finally:
        rename("lost_keys", "idempotency_keys")
    assert post(doing, "/v1/done/kept", "dark") == (201, "begun")
