"""POST /v1/sessions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import create_app
from service.accounts.models import DeviceSession, Person
from service.accounts.passwords import Passwords
from service.http.edge import Edge
from service.http.limits import limiter
from tests.conftest import settings_for
from tests.factories import make_customer

from .conftest import NEW_PASSWORD, PASSWORD, SignIn, bearer, said


def test_the_right_password_signs_in_on_a_device(client: FlaskClient, jane: Any, sign_in: SignIn) -> None:
    answer = sign_in(device_name="Jane's phone")

    assert (answer.status_code, answer.json["person_id"], answer.json["is_guest"]) == (201, str(jane.id), False)
    assert answer.headers["Cache-Control"] == "no-store"
    (device,) = client.get("/v1/me/devices", headers=bearer(answer)).json["data"]
    assert (device["device_name"], device["is_current"]) == ("Jane's phone", True)


def test_the_address_is_the_same_in_capitals(jane: Any, sign_in: SignIn) -> None:
    assert sign_in("Jane@Example.COM").status_code == 201


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(jane: Any, sign_in: SignIn) -> None:
    wrong, unknown = sign_in(password=NEW_PASSWORD), sign_in("nobody@example.com")

    assert wrong.status_code == 401
    assert wrong.headers["WWW-Authenticate"]
    assert said(wrong) == said(unknown)
    assert dict(wrong.headers) | {"X-Request-Id": ""} == dict(unknown.headers) | {"X-Request-Id": ""}


def test_a_person_without_a_password_is_not_signed_in_by_any(session: Session, sign_in: SignIn) -> None:
    make_customer(session, email="passkey@example.com")

    assert sign_in("passkey@example.com").status_code == 401


def test_an_unknown_address_costs_one_hash_too(app: Edge, sign_in: SignIn) -> None:
    with _no_free_slot(app, wait_seconds=0.01):
        assert sign_in("nobody@example.com").status_code == 503


def test_a_password_is_the_same_from_every_keyboard(session: Session, sign_in: SignIn) -> None:
    make_customer(session, email="composed@example.com", password="caf\u00e9 herons at grey dawn")

    assert sign_in("composed@example.com", "cafe\u0301 herons at grey dawn").status_code == 201


def test_a_hash_of_older_parameters_is_replaced_at_sign_in(app: Edge, session: Session, sign_in: SignIn) -> None:
    older = Passwords(128).hash_new(PASSWORD, about=())
    person = make_customer(session, email="old@example.com", password_hash=older)

    assert sign_in("old@example.com").status_code == 201
    session.refresh(person)
    assert person.password_hash is not None
    assert "m=64," in person.password_hash
    session.rollback()
    assert sign_in("old@example.com").status_code == 201


def test_who_waits_too_long_for_a_hash_is_turned_away_for_now(app: Edge, jane: Any, sign_in: SignIn) -> None:
    with _no_free_slot(app, wait_seconds=0.01):
        answer = sign_in()

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


def test_twenty_sign_ins_waiting_for_a_hash_hold_up_no_write(
    app: Edge, client: FlaskClient, session: Session, jane: Any
) -> None:
    statuses: list[int] = []

    def sign_in() -> None:
        answer = app.test_client().post("/v1/sessions", json={"email": "jane@example.com", "password": PASSWORD})
        statuses.append(answer.status_code)

    with _no_free_slot(app, wait_seconds=30) as slots:
        threads = [Thread(target=sign_in) for _ in range(20)]
        for thread in threads:
            thread.start()
        assert client.post("/v1/guests", json={}).status_code == 201
        assert statuses == []
        slots.release()  # and the one the context manager gives back
        for thread in threads:
            thread.join()
        slots.acquire()
    assert statuses == [201] * 20


@contextmanager
def _no_free_slot(app: Edge, wait_seconds: float) -> Iterator[Any]:
    usual = app.extensions["sayso.passwords"]
    busy = app.extensions["sayso.passwords"] = Passwords(64, concurrent=1, wait_seconds=wait_seconds)
    busy.slots.acquire()
    try:
        yield busy.slots
    finally:
        busy.slots.release()
        app.extensions["sayso.passwords"] = usual


def test_a_sign_in_proved_with_a_password_that_changed_meanwhile_is_refused(
    app: Edge, session: Session, jane: Any
) -> None:
    """The change commits between the hash and the session: a trigger of the test's own, on the hash's slot."""
    answers: list[int] = []

    def sign_in() -> None:
        answer = app.test_client().post("/v1/sessions", json={"email": "jane@example.com", "password": PASSWORD})
        answers.append(answer.status_code)

    with _no_free_slot(app, wait_seconds=30) as slots:
        thread = Thread(target=sign_in)
        thread.start()
        while not slots._cond._waiters:  # it has read the credentials and waits for its hash
            pass
        session.execute(sa.update(Person).values(password_version=Person.password_version + 1))
        session.commit()
        slots.release()
        thread.join()
        slots.acquire()
    assert answers == [401]
    assert session.scalar(sa.select(sa.func.count()).select_from(DeviceSession)) == 0


@pytest.fixture
def limited(database_url: str, app: Edge, tmp_path: Path) -> Iterator[FlaskClient]:
    """A client of an application that limits, on the same database."""
    settings = settings_for(database_url, tmp_path, RATE_LIMITS=1, SIGN_IN_LIMIT="3/minute")
    usual = limiter.enabled  # the limiter is one for all applications of a process
    limiting = create_app(settings)
    yield limiting.test_client()
    limiter.reset()
    limiter.enabled = usual
    limiting.database.dispose()


def test_guessing_is_slowed_per_account_and_address_and_never_locks_the_owner_out(
    limited: FlaskClient, jane: Any
) -> None:
    wrong = {"email": "jane@example.com", "password": NEW_PASSWORD}
    right = {"email": "jane@example.com", "password": PASSWORD}

    def post(body: dict[str, str], address: str = "198.51.100.1") -> Any:
        return limited.post("/v1/sessions", json=body, environ_base={"REMOTE_ADDR": address})

    assert [post(wrong).status_code for _ in range(4)] == [401, 401, 401, 429]
    refused = post(right)
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert int(refused.headers["Retry-After"]) >= 1
    assert post(right, "203.0.113.9").status_code == 201
    assert post({**wrong, "email": "other@example.com"}).status_code == 401
