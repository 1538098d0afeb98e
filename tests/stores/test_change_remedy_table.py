"""GET and PUT /v1/stores/{store_id}/remedy-table."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from ..factories import make_operator, make_store, sign_in_as
from .conftest import SignIn

STEPS = [
    {"late_minutes": 0, "percent": 10, "most_minor": 200},
    {"late_minutes": 10, "percent": 50, "most_minor": 500},
]


def test_the_operator_says_it_and_everybody_reads_it(client: FlaskClient, session: Session) -> None:
    store = make_store(session)
    url, operator = f"/v1/stores/{store.id}/remedy-table", sign_in_as(client.application, make_operator(session))  # type: ignore[arg-type]
    before = client.get(url)
    assert (before.json, before.headers["ETag"]) == ({"currency": "USD", "steps": []}, '"1"')

    changed = client.put(url, json={"steps": STEPS}, headers=operator | {"If-Match": '"1"'})

    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert client.get(url).json == changed.json == {"currency": "USD", "steps": STEPS}


def test_only_the_operator_changes_it_and_only_what_they_saw(
    client: FlaskClient, session: Session, sign_in: SignIn
) -> None:
    store = make_store(session)
    url, operator = f"/v1/stores/{store.id}/remedy-table", sign_in_as(client.application, make_operator(session))  # type: ignore[arg-type]
    manager, body = sign_in(role="manager", store_id=store.id), {"steps": STEPS}

    assert client.put(url, json=body, headers=manager | {"If-Match": '"1"'}).status_code == 403
    assert client.put(url, json=body, headers={"If-Match": '"1"'}).status_code == 401
    assert client.put(url, json=body, headers=operator).status_code == 428
    assert client.put(url, json=body, headers=operator | {"If-Match": '"7"'}).status_code == 412
    nowhere = f"/v1/stores/{uuid4()}/remedy-table"
    assert client.get(nowhere).status_code == 404
    assert client.put(nowhere, json=body, headers=operator | {"If-Match": '"1"'}).status_code == 404
    assert client.get(url).json["steps"] == []


@pytest.mark.parametrize(
    ("second", "field"),
    [
        ({"late_minutes": 5, "percent": 30, "most_minor": 300}, "steps.1.late_minutes"),
        ({"late_minutes": 9, "percent": 10, "most_minor": 300}, "steps.1.percent"),
        ({"late_minutes": 9, "percent": 30, "most_minor": 100}, "steps.1.most_minor"),
    ],
)
def test_who_waits_longer_gets_no_less(
    client: FlaskClient, session: Session, second: dict[str, Any], field: str
) -> None:
    store = make_store(session)
    operator = sign_in_as(client.application, make_operator(session))  # type: ignore[arg-type]
    steps = [{"late_minutes": 5, "percent": 20, "most_minor": 300}, second]

    refused = client.put(
        f"/v1/stores/{store.id}/remedy-table", json={"steps": steps}, headers=operator | {"If-Match": '"1"'}
    )

    assert (refused.status_code, list(refused.json["errors"])) == (422, [field])
