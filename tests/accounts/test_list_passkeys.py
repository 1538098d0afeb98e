"""GET /v1/me/passkeys and PATCH /v1/me/passkeys/{id}."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.http.edge import Edge
from tests.factories import make_customer, make_guest, sign_in_as

from .conftest import Passkeys


def test_the_newest_comes_first_page_by_page(app: Edge, client: FlaskClient, jane: Any, passkeys: Passkeys) -> None:
    headers = sign_in_as(app, jane)
    for name in ("first", "second", None):
        passkeys.add(headers, name=name)

    page = client.get("/v1/me/passkeys?limit=2", headers=headers).json
    rest = client.get(f"/v1/me/passkeys?limit=2&cursor={page['next_cursor']}", headers=headers).json

    assert [passkey["name"] for passkey in page["data"]] == [None, "second"]
    assert [passkey["name"] for passkey in rest["data"]] == ["first"]
    assert rest["next_cursor"] is None


def test_nothing_of_the_key_itself_is_shown(app: Edge, client: FlaskClient, jane: Any, passkeys: Passkeys) -> None:
    headers = sign_in_as(app, jane)
    passkeys.add(headers)

    (shown,) = client.get("/v1/me/passkeys", headers=headers).json["data"]

    assert set(shown) == {"id", "name", "is_synced", "created_at", "last_used_at", "suspected_at"}


def test_only_ones_own_are_listed_and_renamed(
    app: Edge, client: FlaskClient, session: Session, jane: Any, passkeys: Passkeys
) -> None:
    headers, other = sign_in_as(app, jane), sign_in_as(app, make_customer(session))
    path = f"/v1/me/passkeys/{passkeys.add(headers).json['id']}"

    assert client.get("/v1/me/passkeys", headers=other).json["data"] == []
    refused = client.patch(path, json={"name": "Mine now"}, headers=other)
    assert (refused.status_code, refused.json["type"]) == (404, "/problems/not-found")
    assert client.patch(f"/v1/me/passkeys/{uuid4()}", json={"name": "x"}, headers=headers).status_code == 404
    renamed = client.patch(path, json={"name": "Old phone"}, headers=headers)
    assert (renamed.status_code, renamed.json["name"]) == (200, "Old phone")
    assert client.get("/v1/me/passkeys", headers=headers).json["data"] == [renamed.json]


def test_a_name_that_can_not_be_used_is_refused_by_name(
    app: Edge, client: FlaskClient, jane: Any, passkeys: Passkeys
) -> None:
    headers = sign_in_as(app, jane)
    path = f"/v1/me/passkeys/{passkeys.add(headers).json['id']}"

    for body in ({}, {"name": ""}, {"name": "x" * 61}, {"name": None}, {"name": 7}):
        answer = client.patch(path, json=body, headers=headers)
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["name"])


def test_guests_and_strangers_have_none(app: Edge, client: FlaskClient, session: Session) -> None:
    guest, path = sign_in_as(app, make_guest(session)), f"/v1/me/passkeys/{uuid4()}"

    assert client.get("/v1/me/passkeys").status_code == 401
    assert client.get("/v1/me/passkeys", headers=guest).status_code == 403
    assert client.patch(path, json={"name": "x"}).status_code == 401
    assert client.patch(path, json={"name": "x"}, headers=guest).status_code == 403
