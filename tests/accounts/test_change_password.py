"""PUT /v1/me/password."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from .conftest import NEW_PASSWORD, PASSWORD, Mailbox, SignIn, bearer

CHANGE = {"current_password": PASSWORD, "password": NEW_PASSWORD}


def test_the_new_password_signs_in_and_the_old_one_does_not(client: FlaskClient, jane: Any, sign_in: SignIn) -> None:
    assert client.put("/v1/me/password", json=CHANGE, headers=bearer(sign_in())).status_code == 204

    assert sign_in(password=NEW_PASSWORD).status_code == 201
    assert sign_in().status_code == 401


def test_every_other_session_ends_at_once(client: FlaskClient, jane: Any, sign_in: SignIn) -> None:
    here, there = sign_in(), sign_in()
    assert client.get("/v1/me", headers=bearer(there)).status_code == 200

    client.put("/v1/me/password", json=CHANGE, headers=bearer(here))

    assert client.get("/v1/me", headers=bearer(there)).status_code == 401
    assert client.get("/v1/me", headers=bearer(here)).status_code == 200
    refreshed = client.post("/v1/sessions/refresh", json={"refresh_token": there.json["refresh_token"]})
    assert refreshed.status_code == 401


def test_the_owner_is_told_and_open_reset_mails_are_worth_nothing(
    client: FlaskClient, jane: Any, sign_in: SignIn, mailbox: Mailbox
) -> None:
    client.post("/v1/password-resets", json={"email": "jane@example.com"})
    code = mailbox("jane@example.com")[0].code
    client.put("/v1/me/password", json=CHANGE, headers=bearer(sign_in()))

    assert mailbox("jane@example.com")[0].subject == "Your password was changed"
    reset = client.post("/v1/password-resets/confirmation", json={"token": code, "password": PASSWORD})
    assert reset.status_code == 422


def test_without_the_current_password_nothing_changes(client: FlaskClient, jane: Any, sign_in: SignIn) -> None:
    headers = bearer(sign_in())
    answer = client.put("/v1/me/password", json={**CHANGE, "current_password": "not it"}, headers=headers)

    assert (answer.status_code, answer.json["type"]) == (403, "/problems/wrong-password")
    assert "current_password" in answer.json["errors"]
    assert sign_in().status_code == 201


def test_an_easily_guessed_password_is_refused_by_name(client: FlaskClient, jane: Any, sign_in: SignIn) -> None:
    weak = {**CHANGE, "password": "jane@example.com"}
    answer = client.put("/v1/me/password", json=weak, headers=bearer(sign_in()))

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["password"])
