"""POST /v1/sessions/passkey-challenges and /v1/sessions/passkey."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import clock, create_app
from service.accounts.models import DeviceSession, Passkey
from service.events import OutboxRow
from service.http.edge import Edge
from service.http.limits import limiter
from tests.authenticator import PRESENT, SYNCABLE, SYNCED, VERIFIED, Authenticator, encoded
from tests.conftest import settings_for
from tests.factories import make_customer, sign_in_as

from .conftest import Mailbox, Passkeys, bearer, said

REFUSED = (401, "/problems/passkey-not-accepted")


@pytest.fixture
def added(app: Edge, jane: Any, passkeys: Passkeys) -> Passkeys:
    """Jane's device, with a passkey of hers."""
    assert passkeys.add(sign_in_as(app, jane)).status_code == 201
    return passkeys


def _refused(answer: Any) -> bool:
    return (answer.status_code, answer.json["type"]) == REFUSED and "WWW-Authenticate" in answer.headers


def test_the_authenticator_says_who_it_is_and_opens_a_session_like_any_other(
    client: FlaskClient, session: Session, jane: Any, added: Passkeys, sign_in: Any
) -> None:
    answer = added.sign_in()

    assert answer.status_code == 201
    assert set(answer.json) == set(sign_in().json)
    assert (answer.json["person_id"], answer.json["is_guest"]) == (str(jane.id), False)
    assert client.get("/v1/me", headers=bearer(answer)).json["email"] == "jane@example.com"
    assert client.get("/v1/me/devices", headers=bearer(answer)).json["data"][1]["device_name"] == "Laptop"
    refreshed = client.post("/v1/sessions/refresh", json={"refresh_token": answer.json["refresh_token"]})
    assert refreshed.status_code == 200
    (passkey,) = client.get("/v1/me/passkeys", headers=bearer(answer)).json["data"]
    assert passkey["last_used_at"] is not None


def test_the_options_name_nobody(added: Passkeys) -> None:
    options = added.begin_sign_in()

    assert (options["rpId"], options["userVerification"], options["allowCredentials"]) == ("localhost", "required", [])
    assert added.begin_sign_in()["challenge"] != options["challenge"]


def test_an_answer_counts_once(session: Session, added: Passkeys) -> None:
    credential = added.authenticator.get(added.begin_sign_in())

    assert added.send(credential).status_code == 201
    assert _refused(added.send(credential))


def test_of_one_answer_sent_many_times_at_once_one_counts(app: Edge, session: Session, added: Passkeys) -> None:
    credential = added.authenticator.get(added.begin_sign_in())
    before = session.scalar(sa.select(sa.func.count()).select_from(DeviceSession)) or 0
    session.rollback()
    start, statuses = Barrier(6), []

    def send() -> None:
        start.wait()
        statuses.append(app.test_client().post("/v1/sessions/passkey", json={"credential": credential}).status_code)

    threads = [Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [201, *[401] * 5]
    assert session.scalar(sa.select(sa.func.count()).select_from(DeviceSession)) == before + 1


def test_a_challenge_is_used_up_also_by_an_answer_that_does_not_hold(added: Passkeys) -> None:
    options = added.begin_sign_in()

    assert _refused(added.send(added.authenticator.get(options, signature=b"no")))
    assert _refused(added.send(added.authenticator.get(options)))


def test_a_challenge_is_worth_something_for_five_minutes(added: Passkeys) -> None:
    options = added.begin_sign_in()
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=1)):
        assert _refused(added.send(added.authenticator.get(options)))


def test_a_challenge_for_adding_a_passkey_signs_nobody_in(app: Edge, jane: Any, added: Passkeys) -> None:
    options = added.begin_sign_in() | {"challenge": added.begin(sign_in_as(app, jane))["challenge"]}

    assert _refused(added.send(added.authenticator.get(options)))


LIES: dict[str, dict[str, Any]] = {
    "another origin": {"client_data": {"origin": "http://localhost:8001"}},
    "the address for the name": {"client_data": {"origin": "http://127.0.0.1:8000"}},
    "a page in another's frame": {"client_data": {"crossOrigin": True}},
    "an answer to another question": {"client_data": {"type": "webauthn.create"}},
    "another relying party": {"rp_id": "evil.example"},
    "nobody was there": {"flags": VERIFIED},
    "nobody was verified": {"flags": PRESENT},
    "syncable all at once": {"flags": PRESENT | VERIFIED | SYNCABLE | SYNCED},
    "a made-up challenge": {"challenge": encoded(bytes(32))},
    "no challenge": {"challenge": None},
    "another's signature": {"signer": ec.generate_private_key(ec.SECP256R1())},
    "no signature": {"signature": b"\x00"},
    "another person": {"user_handle": bytes(16)},
    "nobody": {"user_handle": None},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_what_does_not_hold_is_refused_like_a_passkey_that_nobody_has(
    session: Session, added: Passkeys, lie: dict[str, Any]
) -> None:
    refused = added.sign_in(**lie)

    stranger = Authenticator()
    stranger.create({"rp": {"id": "localhost"}, "user": {"id": "AAAA"}, "challenge": ""})
    unknown = added.send(stranger.get(added.begin_sign_in()))
    assert _refused(refused)
    assert said(refused) == said(unknown)


def test_one_persons_passkey_is_never_another_persons(
    app: Edge, client: FlaskClient, session: Session, jane: Any, added: Passkeys
) -> None:
    """Jane's key, signed by Eve's; Eve's key, said to be Jane's."""
    eve = make_customer(session)
    hers = Passkeys(client, Authenticator())
    hers.add(sign_in_as(app, eve))
    janes_key, eves_key = added.authenticator.keys[0], hers.authenticator.keys[0]

    assert _refused(hers.sign_in(key=janes_key, signer=eves_key.private))
    assert _refused(hers.sign_in(user_handle=jane.id.bytes))
    assert hers.sign_in().json["person_id"] == str(eve.id)


def test_a_removed_passkey_signs_nobody_in(app: Edge, client: FlaskClient, jane: Any, added: Passkeys) -> None:
    headers = sign_in_as(app, jane)
    (passkey,) = client.get("/v1/me/passkeys", headers=headers).json["data"]
    waiting = added.authenticator.get(added.begin_sign_in())
    assert client.delete(f"/v1/me/passkeys/{passkey['id']}", headers=headers).status_code == 204

    assert _refused(added.send(waiting))
    assert _refused(added.sign_in())


def test_a_token_that_does_not_pass_is_refused_though_none_is_needed(client: FlaskClient, added: Passkeys) -> None:
    credential = added.authenticator.get(added.begin_sign_in())
    nonsense = {"Authorization": "Bearer nonsense"}

    assert client.post("/v1/sessions/passkey-challenges", headers=nonsense).status_code == 401
    assert client.post("/v1/sessions/passkey", json={"credential": credential}, headers=nonsense).status_code == 401


# ---- the counter


@pytest.fixture
def counting(app: Edge, client: FlaskClient, jane: Any) -> Passkeys:
    """A device whose authenticator counts, and that signed in three times."""
    passkeys = Passkeys(client, Authenticator(counts=True))
    passkeys.add(sign_in_as(app, jane))
    assert [passkeys.sign_in().status_code for _ in range(3)] == [201] * 3
    return passkeys


def test_a_counter_that_is_always_0_is_fine(added: Passkeys) -> None:
    assert [added.sign_in().status_code for _ in range(3)] == [201] * 3


@pytest.mark.parametrize("counter", [0, 1, 2, 3])
def test_a_counter_that_went_back_is_refused_and_its_owner_told(
    client: FlaskClient, session: Session, jane: Any, counting: Passkeys, sign_in: Any, mailbox: Mailbox, counter: int
) -> None:
    answer = counting.sign_in(counter=counter)

    assert (answer.status_code, answer.json["type"]) == (401, "/problems/passkey-may-be-copied")
    assert mailbox("jane@example.com")[0].subject == "We refused a sign-in with a passkey"
    kept = session.scalars(sa.select(Passkey)).one()
    assert (kept.sign_count, kept.suspected_at is not None) == (3, True)
    fact = session.scalars(sa.select(OutboxRow).where(OutboxRow.name == "PasskeySuspected")).one()
    assert (fact.subject_id, fact.payload) == (jane.id, {"passkey_id": str(kept.id)})
    session.rollback()  # SQLite's one writer is free again
    (shown,) = client.get("/v1/me/passkeys", headers=bearer(sign_in())).json["data"]
    assert shown["suspected_at"] is not None


def test_a_forged_answer_raises_no_suspicion(session: Session, counting: Passkeys) -> None:
    assert _refused(counting.sign_in(counter=1, signer=ec.generate_private_key(ec.SECP256R1())))
    assert session.scalars(sa.select(Passkey.suspected_at)).one() is None


def test_an_owner_is_told_once_a_day_however_often_the_copy_is_tried(counting: Passkeys, mailbox: Mailbox) -> None:
    def told() -> int:
        return len([mail for mail in mailbox("jane@example.com") if "refused" in mail.subject])

    for _ in range(4):
        counting.sign_in(counter=1)
    assert told() == 1
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1)):
        counting.sign_in(counter=1)
    assert told() == 2


# ---- the limit


@pytest.fixture
def limited(database_url: str, app: Edge, tmp_path: Path) -> Iterator[FlaskClient]:
    """A client of an application that limits, on the same database."""
    usual = limiter.enabled  # the limiter is one for all applications of a process
    limiting = create_app(settings_for(database_url, tmp_path, RATE_LIMITS=1, PASSKEY_LIMIT="3/minute"))
    yield limiting.test_client()
    limiter.reset()
    limiter.enabled = usual
    limiting.database.dispose()


def test_an_address_that_asks_too_often_is_slowed_and_no_other(limited: FlaskClient) -> None:
    def ask(path: str, address: str = "198.51.100.1", body: Any = None) -> int:
        return limited.post(path, json=body, environ_base={"REMOTE_ADDR": address}).status_code

    challenges = "/v1/sessions/passkey-challenges"
    assert [ask(challenges) for _ in range(4)] == [201, 201, 201, 429]
    assert ask(challenges, "203.0.113.9") == 201
    authenticator = Authenticator()
    authenticator.create({"rp": {"id": "localhost"}, "user": {"id": "AAAA"}, "challenge": ""})
    made_up = {"credential": authenticator.get({"rpId": "localhost", "challenge": ""})}
    assert [ask("/v1/sessions/passkey", body=made_up) for _ in range(4)] == [401, 401, 401, 429]
    sign_up = "/v1/customers/passkey-challenges"
    assert [ask(sign_up, body={"token": "made up"}) for _ in range(4)] == [422, 422, 422, 429]
