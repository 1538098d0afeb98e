"""POST /v1/password-resets and /v1/password-resets/confirmation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import time_machine
from flask.testing import FlaskClient

from service import clock

from .conftest import NEW_PASSWORD, PASSWORD, Mailbox, SignIn, bearer, said


def _code(client: FlaskClient, mailbox: Mailbox) -> str:
    assert client.post("/v1/password-resets", json={"email": "jane@example.com"}).status_code == 202
    code = mailbox("jane@example.com")[0].code
    assert code is not None
    return code


def _confirm(client: FlaskClient, token: str, password: str = NEW_PASSWORD) -> Any:
    return client.post("/v1/password-resets/confirmation", json={"token": token, "password": password})


def test_known_and_unknown_addresses_are_answered_alike(client: FlaskClient, jane: Any, mailbox: Mailbox) -> None:
    known = client.post("/v1/password-resets", json={"email": "jane@example.com"})
    unknown = client.post("/v1/password-resets", json={"email": "nobody@example.com"})

    assert said(known) == said(unknown)
    assert known.data == unknown.data
    assert mailbox("jane@example.com")[0].code is not None
    assert mailbox("nobody@example.com")[0].code is None


def test_the_code_sets_the_password_ends_every_session_and_tells_the_owner(
    client: FlaskClient, jane: Any, sign_in: SignIn, mailbox: Mailbox
) -> None:
    headers = bearer(sign_in())
    assert client.get("/v1/me", headers=headers).status_code == 200

    assert _confirm(client, _code(client, mailbox)).status_code == 204

    assert client.get("/v1/me", headers=headers).status_code == 401
    assert sign_in().status_code == 401
    assert sign_in(password=NEW_PASSWORD).status_code == 201
    assert mailbox("jane@example.com")[0].subject == "Your password was changed"


def test_a_code_works_once_and_voids_the_others(client: FlaskClient, jane: Any, mailbox: Mailbox) -> None:
    earlier, code = _code(client, mailbox), _code(client, mailbox)
    _confirm(client, code)

    for token in (code, earlier):
        answer = _confirm(client, token, PASSWORD)
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["token"])


def test_a_code_works_for_an_hour(client: FlaskClient, jane: Any, mailbox: Mailbox) -> None:
    code = _code(client, mailbox)
    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1)):
        assert _confirm(client, code).status_code == 422


def test_an_easily_guessed_password_is_refused_by_name_and_the_code_still_works(
    client: FlaskClient, jane: Any, mailbox: Mailbox
) -> None:
    code = _code(client, mailbox)

    refused = _confirm(client, code, "jane@example.com")

    assert (refused.status_code, list(refused.json["errors"])) == (422, ["password"])
    assert _confirm(client, code).status_code == 204


def test_a_code_for_another_purpose_is_refused(client: FlaskClient, mailbox: Mailbox) -> None:
    client.post("/v1/customers", json={"email": "new@example.com", "password": PASSWORD})

    assert _confirm(client, mailbox("new@example.com")[0].code or "").status_code == 422
