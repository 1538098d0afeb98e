"""POST /v1/sessions/refresh."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import clock
from service.accounts.models import DeviceSession
from service.events import OutboxRow
from service.http.edge import Edge

from .conftest import Mailbox, SignIn, bearer

Refresh = Callable[[Any], Any]


@pytest.fixture
def refresh(client: FlaskClient) -> Refresh:
    def post(answer: Any) -> Any:
        return client.post("/v1/sessions/refresh", json={"refresh_token": answer.json["refresh_token"]})

    return post


def test_a_refresh_gives_new_tokens_of_the_same_session(
    client: FlaskClient, jane: Any, sign_in: SignIn, refresh: Refresh
) -> None:
    first = sign_in()
    second = refresh(first)

    assert second.status_code == 200
    assert second.json["session_id"] == first.json["session_id"]
    assert second.json["refresh_token"] != first.json["refresh_token"]
    assert client.get("/v1/me", headers=bearer(second)).json["id"] == str(jane.id)


def test_a_guests_session_is_refreshed_too(client: FlaskClient, refresh: Refresh) -> None:
    assert refresh(client.post("/v1/guests", json={})).json["is_guest"] is True


def test_a_retry_within_the_grace_gets_the_same_new_token(jane: Any, sign_in: SignIn, refresh: Refresh) -> None:
    first = sign_in()
    second, retried = refresh(first), refresh(first)

    assert retried.status_code == 200
    assert retried.json["refresh_token"] == second.json["refresh_token"]
    assert refresh(second).status_code == 200


def _assert_the_session_is_over(client: FlaskClient, answer: Any, session: Session, mailbox: Mailbox) -> None:
    assert client.get("/v1/me", headers=bearer(answer)).status_code == 401
    (mail,) = mailbox("jane@example.com")
    assert "signed a device out" in mail.subject
    fact = session.scalar(sa.select(OutboxRow).where(OutboxRow.name == "RefreshTokenReused"))
    assert fact is not None
    assert fact.payload == {"session_id": answer.json["session_id"]}


def test_the_predecessor_after_the_grace_ends_the_session_and_tells_the_owner(
    client: FlaskClient, jane: Any, sign_in: SignIn, refresh: Refresh, session: Session, mailbox: Mailbox
) -> None:
    first = sign_in()
    second = refresh(first)

    with time_machine.travel(clock.now() + timedelta(seconds=11)):
        reused = refresh(first)
        assert (reused.status_code, reused.json["type"]) == (401, "/problems/session-ended")
        assert "WWW-Authenticate" in reused.headers
        assert refresh(second).status_code == 401
        _assert_the_session_is_over(client, second, session, mailbox)


def test_anything_older_than_the_predecessor_ends_the_session_at_once(
    client: FlaskClient, jane: Any, sign_in: SignIn, refresh: Refresh, session: Session, mailbox: Mailbox
) -> None:
    first = sign_in()
    third = refresh(refresh(first))

    assert refresh(first).status_code == 401
    assert refresh(third).status_code == 401
    _assert_the_session_is_over(client, third, session, mailbox)


def test_a_reuse_leaves_the_owners_other_devices_signed_in(jane: Any, sign_in: SignIn, refresh: Refresh) -> None:
    first, other = sign_in(), sign_in()
    refresh(refresh(first))
    refresh(first)

    assert refresh(other).status_code == 200


@pytest.mark.parametrize("token", ["x", "A" * 70, "A" * 69, "é", "A" * 200])
def test_a_made_up_token_is_refused(client: FlaskClient, token: str) -> None:
    answer = client.post("/v1/sessions/refresh", json={"refresh_token": token})

    assert (answer.status_code, answer.json["type"]) == (401, "/problems/session-ended")


def test_a_token_altered_in_any_part_is_refused_and_ends_nothing(
    client: FlaskClient, jane: Any, sign_in: SignIn, refresh: Refresh
) -> None:
    first = sign_in()
    token = first.json["refresh_token"]
    for at in (0, 24, 40, 60):
        altered = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        answer = client.post("/v1/sessions/refresh", json={"refresh_token": altered})
        assert answer.status_code == 401

    assert refresh(first).status_code == 200


def test_a_session_expires_unless_it_is_refreshed(jane: Any, sign_in: SignIn, refresh: Refresh) -> None:
    first = sign_in()
    with time_machine.travel(clock.now() + timedelta(days=59)):
        second = refresh(first)
        assert second.status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=118)):
        third = refresh(second)
        assert third.status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=179)):
        assert refresh(third).status_code == 401


def test_concurrent_refreshes_of_one_token_make_one_new_generation(
    app: Edge, jane: Any, sign_in: SignIn, session: Session
) -> None:
    token = sign_in().json["refresh_token"]
    start, answers = Barrier(8), []

    def refresh() -> None:
        start.wait()
        answers.append(app.test_client().post("/v1/sessions/refresh", json={"refresh_token": token}))

    threads = [Thread(target=refresh) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json["refresh_token"] for answer in answers}) == 1
    assert session.scalars(sa.select(DeviceSession.generation)).all() == [2]


def test_a_refresh_waits_for_the_one_before_it_and_sees_what_it_did(
    app: Edge, jane: Any, sign_in: SignIn, session: Session
) -> None:
    """Without the lock it would read the old generation and set the session back to it."""
    token = sign_in().json["refresh_token"]
    statuses: list[int] = []

    def refresh() -> None:
        answer = app.test_client().post("/v1/sessions/refresh", json={"refresh_token": token})
        statuses.append(answer.status_code)

    session.execute(sa.update(DeviceSession).values(generation=3))
    thread = Thread(target=refresh)
    thread.start()
    thread.join(0.3)
    assert statuses == []
    session.commit()
    thread.join()

    assert statuses == [401]


def test_a_copy_of_the_database_makes_no_refresh_token(
    client: FlaskClient, jane: Any, sign_in: SignIn, session: Session
) -> None:
    from service.accounts.rules import refresh as rules

    sign_in()
    kept = session.scalars(sa.select(DeviceSession)).one()
    forged = rules.token(session_id=kept.id, generation=1, secret=kept.secret, service_key=b"a guess")
    session.rollback()

    assert client.post("/v1/sessions/refresh", json={"refresh_token": forged}).status_code == 401
