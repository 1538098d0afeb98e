"""PUT and DELETE /v1/stores/{store_id}/busy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import events
from service.stores import queries

from ..factories import make_store
from .conftest import SignIn


@pytest.mark.parametrize("role", ["barista", "manager"])
def test_staff_say_that_orders_take_longer_and_that_they_do_no_more(
    client: FlaskClient, session: Session, sign_in: SignIn, role: str
) -> None:
    store = make_store(session)
    headers = sign_in(role=role, store_id=store.id)
    url = f"/v1/stores/{store.id}"
    quiet = client.get(url).headers["ETag"]
    busy = {"extra_minutes": 20, "until": None, "reason": "A coach has come"}

    answer = client.put(f"{url}/busy", json=busy, headers=headers)

    assert (answer.status_code, answer.json) == (200, busy)
    shown = client.get(url)
    assert (shown.json["busy"], shown.json["availability"]["takes_orders"]) == (busy, True)
    assert shown.headers["ETag"] != quiet
    assert client.delete(f"{url}/busy", headers=headers).status_code == 204
    assert client.get(url).json["busy"] is None
    session.rollback()
    names = [row.name for row in events.recorded_about(session, [store.id], after=0)]
    assert names == ["BusyReported", "BusyEnded"]


def test_repeating_it_changes_nothing(client: FlaskClient, session: Session, sign_in: SignIn) -> None:
    store = make_store(session)
    headers = sign_in(role="barista", store_id=store.id)

    for _ in range(2):
        client.put(f"/v1/stores/{store.id}/busy", json={"extra_minutes": 5}, headers=headers)
    for _ in range(2):
        client.delete(f"/v1/stores/{store.id}/busy", headers=headers)

    assert queries.store_facts(session, store.id).version == 3


def test_a_busy_time_that_is_over_adds_nothing(client: FlaskClient, session: Session, sign_in: SignIn) -> None:
    store = make_store(session, lead_minutes=5)
    until = datetime.now(UTC) + timedelta(hours=1)
    client.put(
        f"/v1/stores/{store.id}/busy",
        json={"extra_minutes": 20, "until": until.isoformat()},
        headers=sign_in(role="barista", store_id=store.id),
    )

    facts = queries.store_facts(session, store.id)

    assert facts.lead(until - timedelta(seconds=1)) == timedelta(minutes=25)
    assert facts.lead(until) == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "extra_minutes"),
        ({"extra_minutes": 0}, "extra_minutes"),
        ({"extra_minutes": 241}, "extra_minutes"),
        ({"extra_minutes": 1.5}, "extra_minutes"),
        ({"extra_minutes": 5, "until": "2020-01-01T00:00:00Z"}, "until"),
        ({"extra_minutes": 5, "surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_input_names_its_field(
    client: FlaskClient, session: Session, sign_in: SignIn, body: dict[str, Any], field: str
) -> None:
    store = make_store(session)

    answer = client.put(f"/v1/stores/{store.id}/busy", json=body, headers=sign_in(role="barista", store_id=store.id))

    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


@pytest.mark.parametrize("method", ["put", "delete"])
def test_only_the_stores_own_staff_may(client: FlaskClient, session: Session, sign_in: SignIn, method: str) -> None:
    store, other = make_store(session), make_store(session)
    url = f"/v1/stores/{store.id}/busy"
    call = getattr(client, method)
    body = {"json": {"extra_minutes": 5}} if method == "put" else {}

    assert call(url, **body).status_code == 401
    assert call(url, headers=sign_in(), **body).status_code == 403
    assert call(url, headers=sign_in(role="manager", store_id=other.id), **body).status_code == 403
    assert call(url, headers=sign_in(role="front_desk", store_id=store.id), **body).status_code == 403
    nowhere = f"/v1/stores/{uuid4()}/busy"
    assert call(nowhere, headers=sign_in(is_operator=True), **body).status_code == 404
