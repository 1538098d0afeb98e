"""POST /v1/me/email-change and /v1/me/email-change/confirmation."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.http.edge import Edge
from tests.factories import make_customer, sign_in_as

from .conftest import PASSWORD, Mailbox, SignIn, said

ASKED = {"current_password": PASSWORD, "email": "Jane.New@example.com"}


def _ask(client: FlaskClient, headers: dict[str, str], **changes: str) -> Any:
    return client.post("/v1/me/email-change", json=ASKED | changes, headers=headers)


def _confirm(client: FlaskClient, headers: dict[str, str], token: str | None) -> Any:
    return client.post("/v1/me/email-change/confirmation", json={"token": token}, headers=headers)


def test_the_code_moves_the_account_and_both_addresses_are_told(
    app: Edge, client: FlaskClient, jane: Any, sign_in: SignIn, mailbox: Mailbox
) -> None:
    headers = sign_in_as(app, jane)
    assert _ask(client, headers).status_code == 202
    assert mailbox("jane@example.com")[0].subject == "Your e-mail address is about to change"
    assert client.get("/v1/me", headers=headers).json["email"] == "jane@example.com"

    answer = _confirm(client, headers, mailbox("jane.new@example.com")[0].code)

    assert (answer.status_code, answer.json["email"], answer.headers["ETag"]) == (200, "jane.new@example.com", '"2"')
    assert mailbox("jane@example.com")[0].subject == "Your e-mail address was changed"
    assert sign_in("jane.new@example.com").status_code == 201
    assert sign_in("jane@example.com").status_code == 401


def test_a_taken_address_is_answered_alike_and_its_owner_told(
    app: Edge, client: FlaskClient, session: Session, jane: Any, mailbox: Mailbox
) -> None:
    make_customer(session, email="taken@example.com")
    headers = sign_in_as(app, jane)

    assert said(_ask(client, headers, email="taken@example.com")) == said(_ask(client, headers))
    assert mailbox("taken@example.com")[0].code is None


def test_an_address_that_was_taken_meanwhile_is_refused(
    app: Edge, client: FlaskClient, session: Session, jane: Any, mailbox: Mailbox
) -> None:
    headers = sign_in_as(app, jane)
    _ask(client, headers)
    make_customer(session, email="jane.new@example.com")

    assert _confirm(client, headers, mailbox("jane.new@example.com")[0].code).status_code == 422
    assert client.get("/v1/me", headers=headers).json["email"] == "jane@example.com"


def test_the_password_must_be_proved(app: Edge, client: FlaskClient, jane: Any, mailbox: Mailbox) -> None:
    answer = _ask(client, sign_in_as(app, jane), current_password="not it")

    assert (answer.status_code, answer.json["type"]) == (403, "/problems/wrong-password")
    assert mailbox("jane.new@example.com") == []


def test_another_customer_cannot_use_the_code(
    app: Edge, client: FlaskClient, session: Session, jane: Any, mailbox: Mailbox
) -> None:
    headers = sign_in_as(app, jane)
    _ask(client, headers)
    code = mailbox("jane.new@example.com")[0].code

    assert _confirm(client, sign_in_as(app, make_customer(session)), code).status_code == 422
    assert _confirm(client, headers, code).status_code == 200


def test_a_code_works_once_and_only_the_newest(app: Edge, client: FlaskClient, jane: Any, mailbox: Mailbox) -> None:
    headers = sign_in_as(app, jane)
    _ask(client, headers, email="first@example.com")
    _ask(client, headers)
    first, second = mailbox("first@example.com")[0].code, mailbox("jane.new@example.com")[0].code

    assert _confirm(client, headers, first).status_code == 422
    assert _confirm(client, headers, second).status_code == 200
    assert _confirm(client, headers, second).status_code == 422
