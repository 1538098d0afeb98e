"""POST /v1/customers without a password, /v1/customers/passkey-challenges, and /v1/customers/verification."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import clock
from service.accounts.models import Passkey, Person
from service.http.edge import Edge
from tests.authenticator import encoded
from tests.factories import make_customer, make_guest, sign_in_as

from .conftest import PASSWORD, Mailbox, Passkeys, bearer, said

EMAIL = "new@example.com"


@pytest.fixture
def code(client: FlaskClient, mailbox: Mailbox) -> str:
    """The code of somebody who signs up without a password."""
    return _asked(client, mailbox)


def _asked(client: FlaskClient, mailbox: Mailbox, headers: dict[str, str] | None = None, **more: Any) -> str:
    body = {"email": EMAIL, "name": "Ada"} | more
    assert client.post("/v1/customers", json=body, headers=headers).status_code == 202
    code = mailbox(body["email"])[0].code
    assert code is not None
    return code


def _begin(client: FlaskClient, code: str) -> dict[str, Any]:
    answer = client.post("/v1/customers/passkey-challenges", json={"token": code})
    assert answer.status_code == 201, answer.text
    options: dict[str, Any] = answer.json["public_key"]
    return options


def _finish(client: FlaskClient, code: str, credential: dict[str, Any] | None) -> Any:
    passkey = {"credential": credential, "name": "Phone"} if credential is not None else None
    body = {"token": code, "passkey": passkey, "device_name": "Phone"}
    return client.post("/v1/customers/verification", json=body)


def test_code_and_passkey_make_an_account_without_a_password(
    client: FlaskClient, session: Session, passkeys: Passkeys, code: str, sign_in: Any
) -> None:
    options = _begin(client, code)
    answer = _finish(client, code, passkeys.authenticator.create(options))

    assert answer.status_code == 201
    me = client.get("/v1/me", headers=bearer(answer)).json
    assert (me["email"], me["name"], me["has_password"]) == (EMAIL, "Ada", False)
    assert (options["user"]["name"], options["user"]["displayName"]) == (EMAIL, "Ada")
    assert passkeys.sign_in().json["person_id"] == answer.json["person_id"]
    assert sign_in(EMAIL).status_code == 401
    assert client.get("/v1/me/passkeys", headers=bearer(answer)).json["data"][0]["name"] == "Phone"


def test_a_known_address_is_answered_alike_and_told_by_mail(client: FlaskClient, jane: Any, mailbox: Mailbox) -> None:
    unknown = client.post("/v1/customers", json={"email": EMAIL})
    known = client.post("/v1/customers", json={"email": "jane@example.com"})

    assert said(known) == said(unknown)
    assert mailbox("jane@example.com")[0].code is None


def test_no_account_is_left_without_a_way_to_sign_in(client: FlaskClient, session: Session, code: str) -> None:
    answer = _finish(client, code, None)

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["passkey"])
    assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0


def test_a_passkey_that_does_not_hold_leaves_the_code_as_it_was(
    client: FlaskClient, session: Session, passkeys: Passkeys, code: str
) -> None:
    options = _begin(client, code)
    forged = passkeys.authenticator.create(options, client_data={"origin": "https://evil.example"})
    refused = _finish(client, code, forged)

    assert (refused.status_code, refused.json["type"]) == (422, "/problems/passkey-not-valid")
    assert list(refused.json["errors"]) == ["passkey.credential"]
    assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0
    session.rollback()  # SQLite's one writer is free again
    assert _finish(client, code, passkeys.authenticator.create(options)).status_code == 201


def test_the_passkey_is_bound_to_the_mail_it_was_begun_with(
    client: FlaskClient, passkeys: Passkeys, code: str, mailbox: Mailbox, app: Edge, jane: Any
) -> None:
    others = _asked(client, mailbox, email="other@example.com")
    of_other = passkeys.authenticator.create(_begin(client, others))
    of_jane = passkeys.authenticator.create(passkeys.begin(sign_in_as(app, jane)))
    for_sign_in = passkeys.authenticator.create(_begin(client, code), challenge=passkeys.begin_sign_in()["challenge"])

    for credential in (of_other, of_jane, for_sign_in):
        assert _finish(client, code, credential).status_code == 422


def test_a_passkey_made_in_time_signs_up_nobody_too_late(client: FlaskClient, passkeys: Passkeys, code: str) -> None:
    credential = passkeys.authenticator.create(_begin(client, code))
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=1)):
        assert _finish(client, code, credential).status_code == 422
        assert _finish(client, code, passkeys.authenticator.create(_begin(client, code))).status_code == 201


@pytest.mark.parametrize("token", ["made up", "x" * 100])
def test_nothing_is_begun_without_the_code(client: FlaskClient, token: str) -> None:
    answer = client.post("/v1/customers/passkey-challenges", json={"token": token})

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/one-time-token-not-valid")


def test_a_code_that_was_used_or_is_too_old_begins_nothing(
    client: FlaskClient, passkeys: Passkeys, code: str, mailbox: Mailbox
) -> None:
    _finish(client, code, passkeys.authenticator.create(_begin(client, code)))
    assert client.post("/v1/customers/passkey-challenges", json={"token": code}).status_code == 422
    late = _asked(client, mailbox, email="late@example.com")
    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1)):
        assert client.post("/v1/customers/passkey-challenges", json={"token": late}).status_code == 422


def test_a_code_for_a_new_password_begins_no_account(client: FlaskClient, jane: Any, mailbox: Mailbox) -> None:
    client.post("/v1/password-resets", json={"email": "jane@example.com"})
    code = mailbox("jane@example.com")[0].code

    assert client.post("/v1/customers/passkey-challenges", json={"token": code}).status_code == 422


def test_a_guest_becomes_the_account_and_keeps_their_id(
    app: Edge, client: FlaskClient, session: Session, passkeys: Passkeys, mailbox: Mailbox
) -> None:
    guest = make_guest(session)
    code = _asked(client, mailbox, sign_in_as(app, guest))
    options = _begin(client, code)

    answer = _finish(client, code, passkeys.authenticator.create(options))

    assert options["user"]["id"] == encoded(guest.id.bytes)
    assert answer.json["person_id"] == str(guest.id)
    assert passkeys.sign_in().json["person_id"] == str(guest.id)


def test_a_password_and_a_passkey_may_both_be_there_from_the_start(
    client: FlaskClient, passkeys: Passkeys, mailbox: Mailbox, sign_in: Any
) -> None:
    code = _asked(client, mailbox, password=PASSWORD)

    assert _finish(client, code, passkeys.authenticator.create(_begin(client, code))).status_code == 201
    assert sign_in(EMAIL).status_code == 201
    assert passkeys.sign_in().status_code == 201


def test_an_address_that_was_taken_meanwhile_is_refused_and_no_passkey_kept(
    client: FlaskClient, session: Session, passkeys: Passkeys, code: str
) -> None:
    credential = passkeys.authenticator.create(_begin(client, code))
    make_customer(session, email=EMAIL)

    assert _finish(client, code, credential).status_code == 422
    assert session.scalar(sa.select(sa.func.count()).select_from(Passkey)) == 0


def test_a_passkey_that_exists_begins_no_account(
    app: Edge, client: FlaskClient, jane: Any, passkeys: Passkeys, code: str
) -> None:
    passkeys.add(sign_in_as(app, jane))
    credential = passkeys.authenticator.create(_begin(client, code), key=passkeys.authenticator.keys[0])

    refused = _finish(client, code, credential)

    assert (refused.status_code, list(refused.json["errors"])) == (422, ["passkey.credential"])


def test_two_answers_for_one_code_at_once_make_one_account(
    app: Edge, client: FlaskClient, session: Session, passkeys: Passkeys, code: str
) -> None:
    credentials = [passkeys.authenticator.create(_begin(client, code)) for _ in range(4)]
    start, statuses = Barrier(len(credentials)), []

    def finish(credential: dict[str, Any]) -> None:
        start.wait()
        statuses.append(_finish(app.test_client(), code, credential).status_code)

    threads = [Thread(target=finish, args=[credential]) for credential in credentials]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [201, 422, 422, 422]
    assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(Passkey)) == 1
