"""DELETE /v1/me/passkeys/{id} and /v1/me/password: the last way to sign in stays."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import clock
from service.accounts.models import Passkey, Person
from service.events import OutboxRow
from service.http.edge import Edge
from tests.factories import make_customer, make_guest, sign_in_as

from .conftest import PASSWORD, Mailbox, Passkeys, bearer


@pytest.fixture
def keyed(session: Session) -> Any:
    """A customer without a password."""
    return make_customer(session, email="key@example.com")


def _remove(client: FlaskClient, headers: dict[str, str], passkey_id: str) -> Any:
    return client.delete(f"/v1/me/passkeys/{passkey_id}", headers=headers)


def test_a_removed_passkey_is_gone_and_its_owner_told(
    app: Edge, client: FlaskClient, session: Session, jane: Any, passkeys: Passkeys, mailbox: Mailbox
) -> None:
    headers = sign_in_as(app, jane)
    passkey_id = passkeys.add(headers).json["id"]

    assert _remove(client, headers, passkey_id).status_code == 204

    assert client.get("/v1/me/passkeys", headers=headers).json["data"] == []
    assert mailbox("jane@example.com")[0].subject == "A passkey was removed"
    fact = session.scalars(sa.select(OutboxRow).where(OutboxRow.name == "PasskeyRemoved")).one()
    assert (fact.subject_id, fact.payload) == (jane.id, {"passkey_id": passkey_id})
    session.rollback()  # SQLite's one writer is free again
    assert _remove(client, headers, passkey_id).status_code == 404


def test_another_customers_passkey_does_not_exist(
    app: Edge, client: FlaskClient, session: Session, jane: Any, passkeys: Passkeys
) -> None:
    passkey_id = passkeys.add(sign_in_as(app, jane)).json["id"]
    other = sign_in_as(app, make_customer(session))

    assert _remove(client, other, passkey_id).status_code == 404
    assert _remove(client, other, str(uuid4())).status_code == 404
    assert passkeys.sign_in().status_code == 201


def test_a_sign_in_of_long_ago_is_not_enough(
    app: Edge, client: FlaskClient, jane: Any, passkeys: Passkeys, sign_in: Any
) -> None:
    opened = sign_in()
    passkey_id = passkeys.add(bearer(opened)).json["id"]
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        headers = bearer(client.post("/v1/sessions/refresh", json={"refresh_token": opened.json["refresh_token"]}))
        answers = [_remove(client, headers, passkey_id), client.delete("/v1/me/password", headers=headers)]

    kinds = [(answer.status_code, answer.json["type"]) for answer in answers]
    assert kinds == [(403, "/problems/recent-sign-in-needed")] * 2


def test_guests_and_strangers_remove_nothing(app: Edge, client: FlaskClient, session: Session) -> None:
    guest = sign_in_as(app, make_guest(session))
    for path in (f"/v1/me/passkeys/{uuid4()}", "/v1/me/password"):
        assert client.delete(path).status_code == 401
        assert client.delete(path, headers=guest).status_code == 403


def test_the_last_way_to_sign_in_stays(
    app: Edge, client: FlaskClient, session: Session, keyed: Any, passkeys: Passkeys
) -> None:
    headers = sign_in_as(app, keyed)
    first, second = (passkeys.add(headers).json["id"] for _ in range(2))

    assert _remove(client, headers, first).status_code == 204
    answer = _remove(client, headers, second)
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/last-way-to-sign-in")
    assert passkeys.sign_in().status_code == 201

    client.put("/v1/me/password", json={"password": PASSWORD}, headers=headers)
    assert _remove(client, headers, second).status_code == 204


def test_a_password_goes_once_there_is_a_passkey(
    app: Edge, client: FlaskClient, jane: Any, passkeys: Passkeys, sign_in: Any, mailbox: Mailbox
) -> None:
    headers, elsewhere = sign_in_as(app, jane), bearer(sign_in())
    before = client.get("/v1/me", headers=headers)
    refused = client.delete("/v1/me/password", headers=headers)
    passkeys.add(headers)

    removed = [client.delete("/v1/me/password", headers=headers).status_code for _ in range(2)]

    assert (refused.status_code, refused.json["type"]) == (409, "/problems/last-way-to-sign-in")
    assert removed == [204, 204]
    after = client.get("/v1/me", headers=headers)
    assert (before.json["has_password"], after.json["has_password"]) == (True, False)
    assert before.headers["ETag"] != after.headers["ETag"]
    assert sign_in().status_code == 401
    assert client.get("/v1/me", headers=elsewhere).status_code == 401
    assert passkeys.sign_in().status_code == 201
    assert mailbox("jane@example.com")[0].subject == "Your password was removed"


def test_who_lost_every_passkey_chooses_a_password_by_mail(
    app: Edge, client: FlaskClient, keyed: Any, passkeys: Passkeys, sign_in: Any, mailbox: Mailbox
) -> None:
    passkeys.add(sign_in_as(app, keyed))
    client.post("/v1/password-resets", json={"email": "key@example.com"})
    token = mailbox("key@example.com")[0].code

    answer = client.post("/v1/password-resets/confirmation", json={"token": token, "password": PASSWORD})

    assert answer.status_code == 204
    assert sign_in("key@example.com").status_code == 201


# ---- an account without a password


def test_without_a_password_a_recent_sign_in_is_the_proof(
    app: Edge, client: FlaskClient, keyed: Any, passkeys: Passkeys, mailbox: Mailbox
) -> None:
    passkeys.add(sign_in_as(app, keyed))
    opened = passkeys.sign_in()
    asked = {"email": "new@example.com"}

    assert client.post("/v1/me/email-change", json=asked, headers=bearer(opened)).status_code == 202
    assert mailbox("new@example.com")[0].code
    assert client.put("/v1/me/password", json={"password": PASSWORD}, headers=bearer(opened)).status_code == 204
    assert client.get("/v1/me", headers=bearer(opened)).json["has_password"] is True


def test_without_a_password_a_sign_in_of_long_ago_proves_nothing(
    app: Edge, client: FlaskClient, keyed: Any, passkeys: Passkeys
) -> None:
    passkeys.add(sign_in_as(app, keyed))
    opened = passkeys.sign_in()
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        headers = bearer(client.post("/v1/sessions/refresh", json={"refresh_token": opened.json["refresh_token"]}))
        answers = [
            client.post("/v1/me/email-change", json={"email": "new@example.com"}, headers=headers),
            client.put("/v1/me/password", json={"password": PASSWORD}, headers=headers),
        ]

    kinds = [(answer.status_code, answer.json["type"]) for answer in answers]
    assert kinds == [(403, "/problems/recent-sign-in-needed")] * 2


def test_who_has_a_password_proves_it_however_recent_the_sign_in(app: Edge, client: FlaskClient, jane: Any) -> None:
    headers = sign_in_as(app, jane)
    answers = [
        client.post("/v1/me/email-change", json={"email": "new@example.com"}, headers=headers),
        client.put("/v1/me/password", json={"password": "nine loud geese by dusk"}, headers=headers),
    ]

    assert [(answer.status_code, answer.json["type"]) for answer in answers] == [(403, "/problems/wrong-password")] * 2


# ---- races


def _all_at_once(app: Edge, headers: dict[str, str], paths: list[str]) -> list[int]:
    start, statuses = Barrier(len(paths)), []

    def delete(path: str) -> None:
        start.wait()
        statuses.append(app.test_client().delete(path, headers=headers).status_code)

    threads = [Thread(target=delete, args=[path]) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


def test_of_passkeys_and_password_removed_all_at_once_one_stays(
    app: Edge, session: Session, jane: Any, passkeys: Passkeys
) -> None:
    session.expunge(jane)  # or each rollback would let the next look at her begin another transaction
    for _ in range(5):
        headers = sign_in_as(app, jane)
        added = [passkeys.add(headers).json["id"] for _ in range(3)]
        kept = list(session.scalars(sa.select(Passkey.id)))
        session.rollback()
        paths = [f"/v1/me/passkeys/{passkey_id}" for passkey_id in kept] + ["/v1/me/password"]

        statuses = _all_at_once(app, headers, paths)

        left = session.scalar(sa.select(sa.func.count()).select_from(Passkey)) or 0
        has_password = session.scalar(sa.select(Person.password_hash)) is not None
        session.rollback()
        assert added
        assert left + has_password >= 1, statuses
        assert set(statuses) <= {204, 409}


def test_control_without_the_lock_both_last_ones_go(
    app: Edge, session: Session, keyed: Any, passkeys: Passkeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken away: two who both saw another passkey there remove the last two."""
    if not app.database.is_postgresql:
        pytest.skip("SQLite has one writer at a time")
    headers = sign_in_as(app, keyed)
    paths = [f"/v1/me/passkeys/{passkeys.add(headers).json['id']}" for _ in range(2)]
    both_have_looked = Barrier(2)
    from service.accounts.actions import passkeys as actions

    unlocked = Session.get_one

    def without_lock(session: Session, entity: Any, ident: Any, **options: Any) -> Any:
        options.pop("with_for_update", None)
        return unlocked(session, entity, ident, **options)

    looked = actions._passkeys_of

    def look(session: Session, person_id: Any) -> Any:
        found = looked(session, person_id)
        both_have_looked.wait(10)
        return found

    monkeypatch.setattr(Session, "get_one", without_lock)
    monkeypatch.setattr(actions, "_passkeys_of", look)

    assert _all_at_once(app, headers, paths) == [204, 204]
    assert session.scalar(sa.select(sa.func.count()).select_from(Passkey)) == 0
