"""GET and PATCH /v1/me."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.db import new_id
from service.http.edge import Edge
from tests.factories import make_customer, make_guest, make_operator, make_staff, sign_in_as


def test_a_customer_reads_what_they_gave_and_nothing_else(app: Edge, client: FlaskClient, jane: Any) -> None:
    answer = client.get("/v1/me", headers=sign_in_as(app, jane))

    assert answer.json == {
        "id": str(jane.id),
        "is_guest": False,
        "email": "jane@example.com",
        "name": "Jane",
        "phone": None,
        "language": None,
        "is_operator": False,
        "has_password": True,
        "memberships": [],
        "version": 1,
    }
    assert answer.headers["ETag"] == '"1"'


def test_a_guest_reads_that_they_are_one(app: Edge, client: FlaskClient, session: Session) -> None:
    me = client.get("/v1/me", headers=sign_in_as(app, make_guest(session))).json

    assert (me["is_guest"], me["email"]) == (True, None)


def test_staff_read_where_they_work(app: Edge, client: FlaskClient, session: Session) -> None:
    store_id = new_id()
    headers = sign_in_as(app, make_staff(session, store_id, "manager"))

    assert client.get("/v1/me", headers=headers).json["memberships"] == [{"store_id": str(store_id), "role": "manager"}]


def test_an_unchanged_profile_is_not_sent_again(app: Edge, client: FlaskClient, jane: Any) -> None:
    headers = sign_in_as(app, jane) | {"If-None-Match": '"1"'}

    assert client.get("/v1/me", headers=headers).status_code == 304


def test_a_new_role_changes_the_etag(app: Edge, client: FlaskClient, session: Session, jane: Any) -> None:
    operator = sign_in_as(app, make_operator(session))
    client.put(f"/v1/stores/{new_id()}/staff/{jane.id}", json={"role": "barista"}, headers=operator)

    headers = sign_in_as(app, jane) | {"If-None-Match": '"1"'}
    assert len(client.get("/v1/me", headers=headers).json["memberships"]) == 1


def test_a_change_names_its_version_and_leaves_the_rest(app: Edge, client: FlaskClient, jane: Any) -> None:
    headers = sign_in_as(app, jane)

    answer = client.patch(
        "/v1/me", json={"phone": "+1 (212) 555-2368", "language": "ZH-hant-tw"}, headers=headers | {"If-Match": '"1"'}
    )

    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert (answer.json["name"], answer.json["phone"], answer.json["language"]) == (
        "Jane",
        "+12125552368",
        "zh-Hant-TW",
    )
    assert client.get("/v1/me", headers=headers).json == answer.json


def test_null_clears_a_part(app: Edge, client: FlaskClient, jane: Any) -> None:
    answer = client.patch("/v1/me", json={"name": None}, headers=sign_in_as(app, jane) | {"If-Match": '"1"'})

    assert answer.json["name"] is None


def test_a_change_of_an_older_version_is_refused_and_changes_nothing(app: Edge, client: FlaskClient, jane: Any) -> None:
    headers = sign_in_as(app, jane)
    client.patch("/v1/me", json={"name": "Janet"}, headers=headers | {"If-Match": '"1"'})

    late = client.patch("/v1/me", json={"name": "June"}, headers=headers | {"If-Match": '"1"'})

    assert (late.status_code, late.headers["ETag"]) == (412, '"2"')
    assert client.get("/v1/me", headers=headers).json["name"] == "Janet"


def test_a_change_without_a_version_is_refused(app: Edge, client: FlaskClient, jane: Any) -> None:
    assert client.patch("/v1/me", json={"name": "June"}, headers=sign_in_as(app, jane)).status_code == 428


@pytest.mark.parametrize(
    "change",
    [
        {"email": "other@example.com"},
        {"is_operator": True},
        {"phone": "0800"},
        {"language": "-"},
        {"name": "x" * 101},
        {"name": 7},
    ],
)
def test_a_part_that_cannot_be_changed_so_is_refused_by_name(
    app: Edge, client: FlaskClient, jane: Any, change: dict[str, Any]
) -> None:
    answer = client.patch("/v1/me", json=change, headers=sign_in_as(app, jane) | {"If-Match": '"1"'})

    assert (answer.status_code, list(answer.json["errors"])) == (422, list(change))


def test_a_change_is_the_callers_alone(app: Edge, client: FlaskClient, session: Session, jane: Any) -> None:
    other = sign_in_as(app, make_customer(session, name="Bo"))
    client.patch("/v1/me", json={"name": "Bob"}, headers=other | {"If-Match": '"1"'})

    assert client.get("/v1/me", headers=sign_in_as(app, jane)).json["name"] == "Jane"
