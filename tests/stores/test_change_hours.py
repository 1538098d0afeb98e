"""GET and PUT /v1/stores/{store_id}/hours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.http.edge import Edge
from service.stores import queries

from ..factories import make_store
from .conftest import SignIn

HOURS = {
    "hours": "Mo-Fr 06:00-21:00; PH off",
    "exceptions": [{"on_date": "2026-12-24", "hours": "06:00-12:00"}],
    "notice": "Use the side door.",
}


def test_a_manager_reads_and_changes_the_hours(client: FlaskClient, session: Session, sign_in: SignIn) -> None:
    store = make_store(session)
    headers = sign_in(role="manager", store_id=store.id)
    read = client.get(f"/v1/stores/{store.id}/hours", headers=headers)
    assert read.json == {"hours": "24/7", "exceptions": [], "notice": None, "timezone": "America/New_York"}

    changed = client.put(
        f"/v1/stores/{store.id}/hours", json=HOURS, headers=headers | {"If-Match": read.headers["ETag"]}
    )

    assert changed.status_code == 200
    assert changed.json == HOURS | {"timezone": "America/New_York"}
    assert changed.headers["ETag"] == '"2"'
    session.rollback()
    facts = queries.store_facts(session, store.id)
    assert (facts.version, facts.notice) == (2, "Use the side door.")
    assert client.get(f"/v1/stores/{store.id}").json["exceptions"] == HOURS["exceptions"]


def test_exceptions_left_out_are_gone(client: FlaskClient, session: Session, sign_in: SignIn) -> None:
    store = make_store(session)
    headers = sign_in(role="manager", store_id=store.id)
    client.put(f"/v1/stores/{store.id}/hours", json=HOURS, headers=headers | {"If-Match": '"1"'})

    answer = client.put(f"/v1/stores/{store.id}/hours", json={"hours": "24/7"}, headers=headers | {"If-Match": '"2"'})

    assert answer.json["exceptions"] == []


def test_a_change_made_from_an_old_version_is_refused_and_so_is_one_from_none(
    client: FlaskClient, session: Session, sign_in: SignIn
) -> None:
    store = make_store(session)
    headers = sign_in(role="manager", store_id=store.id)

    old = client.put(f"/v1/stores/{store.id}/hours", json=HOURS, headers=headers | {"If-Match": '"7"'})
    none = client.put(f"/v1/stores/{store.id}/hours", json=HOURS, headers=headers)

    assert (old.status_code, old.headers["ETag"], none.status_code) == (412, '"1"', 428)
    assert queries.store_facts(session, store.id).hours == "24/7"


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"hours": "whenever"}, ["hours"]),
        ({"hours": "25:00-26:00"}, ["hours"]),
        ({"hours": "sunrise-sunset"}, ["hours"]),
        ({"hours": "06:00+"}, ["hours"]),
        ({"hours": ""}, ["hours"]),
        ({"hours": "x" * 1001}, ["hours"]),
        ({"hours": "24/7\x00"}, None),
        ({"exceptions": [{"on_date": "2026-12-24", "hours": "Mo 08:00-12:00"}]}, ["exceptions.0.hours"]),
        ({"exceptions": [{"on_date": "2026-12-24", "hours": "off; 24/7"}]}, ["exceptions.0.hours"]),
        ({"exceptions": [{"on_date": "2026-02-30", "hours": "off"}]}, ["exceptions.0.on_date"]),
        ({"exceptions": [{"on_date": "2026-12-24", "hours": "off"}] * 2}, ["exceptions.1.on_date"]),
        ({"hours": "never", "exceptions": [{"on_date": "2026-12-24", "hours": "?"}]}, ["hours", "exceptions.0.hours"]),
    ],
)
def test_hours_that_cannot_be_promised_are_refused_by_name(
    client: FlaskClient, session: Session, sign_in: SignIn, change: dict[str, object], fields: list[str] | None
) -> None:
    store = make_store(session)
    headers = sign_in(role="manager", store_id=store.id) | {"If-Match": '"1"'}

    answer = client.put(f"/v1/stores/{store.id}/hours", json=HOURS | change, headers=headers)

    assert answer.mimetype == "application/problem+json"
    if fields is None:
        assert answer.status_code == 400
    else:
        assert (answer.status_code, list(answer.json["errors"])) == (422, fields)


@pytest.mark.parametrize("method", ["get", "put"])
def test_only_a_manager_of_the_store_sees_and_changes_them(
    client: FlaskClient, session: Session, sign_in: SignIn, method: str
) -> None:
    store, other = make_store(session), make_store(session)
    body = {"json": HOURS} if method == "put" else {}

    statuses = [
        getattr(client, method)(f"/v1/stores/{store.id}/hours", headers=who | {"If-Match": '"1"'}, **body).status_code
        for who in (
            {},
            sign_in(),
            sign_in(role="manager", store_id=other.id),
            sign_in(role="barista", store_id=store.id),
            sign_in(is_operator=True),
        )
    ]

    assert statuses == [401, 403, 403, 403, 200]


def test_of_two_changes_from_one_version_one_is_made(app: Edge, session: Session, sign_in: SignIn) -> None:
    store = make_store(session)
    headers = sign_in(role="manager", store_id=store.id) | {"If-Match": '"1"'}
    at_once = Barrier(6)

    def change(number: int) -> int:
        at_once.wait()
        body = HOURS | {"notice": f"from {number}"}
        return app.test_client().put(f"/v1/stores/{store.id}/hours", json=body, headers=headers).status_code

    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(change, range(6)))

    assert sorted(statuses) == [200, 412, 412, 412, 412, 412]
    winner = statuses.index(200)
    session.rollback()
    facts = queries.store_facts(session, store.id)
    assert (facts.version, facts.notice) == (2, f"from {winner}")
