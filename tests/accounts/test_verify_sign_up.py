"""POST /v1/customers/verification."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import clock
from service.accounts.models import EmailChallenge, Person
from service.events import OutboxRow
from service.http.edge import Edge
from tests.factories import make_customer, make_guest, sign_in_as

from .conftest import PASSWORD, Mailbox, SignIn, bearer

ASKED = {
    "email": "new@example.com",
    "password": PASSWORD,
    "name": "Ada",
    "phone": "+44 20 7946 0018",
    "language": "pt-br",
}


def _code(client: FlaskClient, mailbox: Mailbox, headers: dict[str, str] | None = None, **changes: Any) -> str:
    asked = ASKED | changes
    assert client.post("/v1/customers", json=asked, headers=headers).status_code == 202
    code = mailbox(asked["email"])[0].code
    assert code is not None
    return code


def _verify(client: FlaskClient, token: str) -> Any:
    return client.post("/v1/customers/verification", json={"token": token, "device_name": "Phone"})


def test_the_code_makes_the_account_and_signs_in(client: FlaskClient, mailbox: Mailbox, sign_in: SignIn) -> None:
    answer = _verify(client, _code(client, mailbox))

    assert answer.status_code == 201
    assert answer.json["is_guest"] is False
    me = client.get("/v1/me", headers=bearer(answer)).json
    assert (me["email"], me["name"], me["phone"], me["language"]) == (
        "new@example.com",
        "Ada",
        "+442079460018",
        "pt-BR",
    )
    assert sign_in("new@example.com").status_code == 201


def test_a_code_works_once(client: FlaskClient, mailbox: Mailbox) -> None:
    code = _code(client, mailbox)
    _verify(client, code)

    again = _verify(client, code)

    assert (again.status_code, again.json["type"]) == (422, "/problems/one-time-token-not-valid")
    assert "token" in again.json["errors"]


def test_a_code_works_for_an_hour(client: FlaskClient, mailbox: Mailbox) -> None:
    code = _code(client, mailbox)

    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1)):
        assert _verify(client, code).status_code == 422


def test_a_code_that_was_never_sent_is_refused(client: FlaskClient) -> None:
    assert _verify(client, "made-up").status_code == 422


def test_a_guest_becomes_the_account_and_keeps_their_id(
    app: Edge, client: FlaskClient, session: Session, mailbox: Mailbox
) -> None:
    guest = make_guest(session)
    code = _code(client, mailbox, sign_in_as(app, guest))

    answer = _verify(client, code)

    assert answer.json["person_id"] == str(guest.id)
    assert client.get("/v1/me", headers=bearer(answer)).json["is_guest"] is False
    joined = session.scalar(sa.select(OutboxRow).where(OutboxRow.name == "CustomerJoined"))
    assert joined is not None
    assert (joined.subject_id, joined.payload) == (guest.id, {"was_guest": True})


def test_the_guests_earlier_sessions_end_since_their_holder_need_not_hold_the_address(
    app: Edge, client: FlaskClient, session: Session, mailbox: Mailbox
) -> None:
    headers = sign_in_as(app, make_guest(session))
    code = _code(client, mailbox, headers)
    _verify(client, code)

    assert client.get("/v1/me", headers=headers).status_code == 401


def test_a_mistyped_address_does_not_hand_a_guests_orders_to_a_stranger(
    app: Edge, client: FlaskClient, session: Session, mailbox: Mailbox
) -> None:
    guest = make_guest(session)
    headers = sign_in_as(app, guest)
    mistyped = _code(client, mailbox, headers, email="stranger@example.com")
    right = _code(client, mailbox, headers)

    assert _verify(client, mistyped).status_code == 422
    assert _verify(client, right).json["person_id"] == str(guest.id)


def test_a_signed_in_customers_token_does_not_make_another_account_theirs(
    app: Edge, client: FlaskClient, jane: Any, mailbox: Mailbox
) -> None:
    code = _code(client, mailbox, sign_in_as(app, jane))

    assert _verify(client, code).json["person_id"] != str(jane.id)


def test_an_address_that_was_taken_meanwhile_is_refused(
    client: FlaskClient, session: Session, mailbox: Mailbox
) -> None:
    code = _code(client, mailbox)
    make_customer(session, email="new@example.com")

    assert _verify(client, code).status_code == 422


def test_two_proofs_of_one_address_at_once_make_one_account(
    app: Edge, client: FlaskClient, session: Session, mailbox: Mailbox
) -> None:
    codes = [_code(client, mailbox), _code(client, mailbox)] * 2
    start, statuses = Barrier(len(codes)), []

    def prove(code: str) -> None:
        start.wait()
        statuses.append(_verify(app.test_client(), code).status_code)

    threads = [Thread(target=prove, args=[code]) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [201, 422, 422, 422]
    assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 1


def test_a_used_code_keeps_no_password_hash(client: FlaskClient, session: Session, mailbox: Mailbox) -> None:
    _verify(client, _code(client, mailbox))

    assert session.scalars(sa.select(EmailChallenge.pending)).all() == [{}]
