"""DELETE /v1/sessions/current and /v1/sessions; GET and DELETE /v1/me/devices."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import create_app
from service.db import new_id
from service.http.edge import Edge
from tests.conftest import settings_for
from tests.factories import make_customer, make_guest, sign_in_as

from .conftest import SignIn, bearer


def test_signing_out_ends_this_session_at_once_and_leaves_the_others(
    client: FlaskClient, jane: Any, sign_in: SignIn
) -> None:
    here, there = sign_in(), sign_in()
    assert client.get("/v1/me", headers=bearer(here)).status_code == 200

    assert client.delete("/v1/sessions/current", headers=bearer(here)).status_code == 204

    assert client.get("/v1/me", headers=bearer(here)).status_code == 401
    refreshed = client.post("/v1/sessions/refresh", json={"refresh_token": here.json["refresh_token"]})
    assert refreshed.status_code == 401
    assert client.get("/v1/me", headers=bearer(there)).status_code == 200


def test_signing_out_everywhere_ends_every_session(client: FlaskClient, jane: Any, sign_in: SignIn) -> None:
    answers = [sign_in() for _ in range(3)]
    for answer in answers:
        assert client.get("/v1/me", headers=bearer(answer)).status_code == 200

    assert client.delete("/v1/sessions", headers=bearer(answers[0])).status_code == 204

    assert [client.get("/v1/me", headers=bearer(answer)).status_code for answer in answers] == [401] * 3


def test_another_process_stops_within_a_second(
    app: Edge, client: FlaskClient, database_url: str, tmp_path: Path, jane: Any, sign_in: SignIn
) -> None:
    elsewhere = create_app(settings_for(database_url, tmp_path))
    headers = bearer(sign_in())
    assert elsewhere.test_client().get("/v1/me", headers=headers).status_code == 200

    client.delete("/v1/sessions/current", headers=headers)
    revoked_at = time.monotonic()
    while elsewhere.test_client().get("/v1/me", headers=headers).status_code == 200:
        assert time.monotonic() - revoked_at < 1
        time.sleep(0.02)
    elsewhere.database.dispose()


def test_devices_are_listed_newest_first_by_pages(
    app: Edge, client: FlaskClient, session: Session, jane: Any, sign_in: SignIn
) -> None:
    names = [f"Device {number}" for number in range(3)]
    headers = bearer([sign_in(device_name=name) for name in names][-1])
    sign_in_as(app, make_customer(session))

    first = client.get("/v1/me/devices?limit=2", headers=headers).json
    sign_in(device_name="A later one")
    rest = client.get(f"/v1/me/devices?limit=2&cursor={first['next_cursor']}", headers=headers).json

    assert [device["device_name"] for device in first["data"] + rest["data"]] == names[::-1]
    assert [device["is_current"] for device in first["data"]] == [True, False]
    assert rest["next_cursor"] is None


def test_a_cursor_of_another_list_is_refused_by_name(app: Edge, client: FlaskClient, jane: Any) -> None:
    answer = client.get("/v1/me/devices?cursor=W10", headers=sign_in_as(app, jane))

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["cursor"])


def test_a_device_is_signed_out_from_another(client: FlaskClient, jane: Any, sign_in: SignIn) -> None:
    here, lost = sign_in(), sign_in()
    assert client.get("/v1/me", headers=bearer(lost)).status_code == 200

    path = f"/v1/me/devices/{lost.json['session_id']}"
    assert client.delete(path, headers=bearer(here)).status_code == 204

    assert client.get("/v1/me", headers=bearer(lost)).status_code == 401
    assert len(client.get("/v1/me/devices", headers=bearer(here)).json["data"]) == 1
    assert client.delete(path, headers=bearer(here)).status_code == 404


def test_somebody_elses_device_is_not_there(
    app: Edge, client: FlaskClient, session: Session, jane: Any, sign_in: SignIn
) -> None:
    theirs = sign_in()
    mine = sign_in_as(app, make_customer(session))

    assert client.delete(f"/v1/me/devices/{theirs.json['session_id']}", headers=mine).status_code == 404
    assert client.delete(f"/v1/me/devices/{new_id()}", headers=mine).status_code == 404
    assert client.get("/v1/me", headers=bearer(theirs)).status_code == 200


def test_a_guest_sees_and_ends_their_own_session(app: Edge, client: FlaskClient, session: Session) -> None:
    headers = sign_in_as(app, make_guest(session))

    (device,) = client.get("/v1/me/devices", headers=headers).json["data"]
    assert client.delete(f"/v1/me/devices/{device['id']}", headers=headers).status_code == 204
    assert client.get("/v1/me/devices", headers=headers).status_code == 401
