"""POST /v1/me/passkeys/challenges and /v1/me/passkeys."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import cbor2
import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import clock
from service.accounts.models import Passkey, PasskeyChallenge
from service.events import OutboxRow
from service.http.edge import Edge
from tests.authenticator import PRESENT, SYNCABLE, SYNCED, VERIFIED, Authenticator, Key, encoded
from tests.factories import make_customer, make_guest, sign_in_as

from .conftest import Mailbox, Passkeys, bearer, said


@pytest.fixture
def headers(app: Edge, jane: Any) -> dict[str, str]:
    """Jane, who signed in just now."""
    return sign_in_as(app, jane)


def _count(session: Session) -> int:
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(Passkey)) or 0


def test_what_the_authenticator_made_signs_its_owner_in_from_then_on(
    session: Session, jane: Any, passkeys: Passkeys, headers: dict[str, str], mailbox: Mailbox
) -> None:
    answer = passkeys.add(headers)

    assert answer.status_code == 201
    assert answer.json | {"id": "", "created_at": ""} == {
        "id": "",
        "name": "Phone",
        "is_synced": False,
        "created_at": "",
        "last_used_at": None,
        "suspected_at": None,
    }
    kept = session.scalars(sa.select(Passkey)).one()
    assert (kept.person_id, kept.sign_count, kept.transports) == (jane.id, 0, ["internal", "hybrid"])
    fact = session.scalars(sa.select(OutboxRow).where(OutboxRow.name == "PasskeyAdded")).one()
    assert (fact.subject_id, fact.payload) == (jane.id, {"passkey_id": str(kept.id)})
    session.rollback()  # SQLite's one writer is free again
    assert mailbox("jane@example.com")[0].subject == "A passkey was added"
    assert passkeys.sign_in().json["person_id"] == str(jane.id)


def test_the_options_ask_for_a_passkey_that_is_found_by_itself_and_verifies_its_owner(
    client: FlaskClient, jane: Any, passkeys: Passkeys, headers: dict[str, str]
) -> None:
    passkeys.add(headers)
    answer = client.post("/v1/me/passkeys/challenges", headers=headers)

    options = answer.json["public_key"]
    assert options["rp"] == {"id": "localhost", "name": "Sayso"}
    assert options["user"] == {"id": encoded(jane.id.bytes), "name": "jane@example.com", "displayName": "Jane"}
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    mine = {"id": encoded(passkeys.authenticator.keys[0].id), "type": "public-key"}
    assert options["excludeCredentials"] == [mine | {"transports": ["internal", "hybrid"]}]
    assert len(options["challenge"]) == 43
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_synced_passkey_says_so(client: FlaskClient, passkeys: Passkeys, headers: dict[str, str]) -> None:
    assert passkeys.add(headers, flags=PRESENT | VERIFIED | SYNCABLE | SYNCED).json["is_synced"] is True


def test_a_passkey_is_added_soon_after_a_sign_in_only(client: FlaskClient, headers: dict[str, str]) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=14)):
        assert client.post("/v1/me/passkeys/challenges", headers=headers).status_code == 201


def test_a_sign_in_of_long_ago_is_not_enough(
    app: Edge, client: FlaskClient, passkeys: Passkeys, jane: Any, sign_in: Any
) -> None:
    opened = sign_in()
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        refreshed = client.post("/v1/sessions/refresh", json={"refresh_token": opened.json["refresh_token"]})
        answer = client.post("/v1/me/passkeys/challenges", headers=bearer(refreshed))
        again = client.post("/v1/me/passkeys/challenges", headers=bearer(sign_in()))

    assert (answer.status_code, answer.json["type"]) == (403, "/problems/recent-sign-in-needed")
    assert again.status_code == 201


def test_a_challenge_is_worth_something_for_five_minutes(
    client: FlaskClient, session: Session, passkeys: Passkeys, headers: dict[str, str]
) -> None:
    credential = passkeys.authenticator.create(passkeys.begin(headers))
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=1)):
        answer = client.post("/v1/me/passkeys", json={"credential": credential}, headers=headers)

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/passkey-not-valid")
    assert list(answer.json["errors"]) == ["credential"]
    assert _count(session) == 0


def test_a_challenge_counts_once(
    client: FlaskClient, session: Session, passkeys: Passkeys, headers: dict[str, str]
) -> None:
    options = passkeys.begin(headers)
    answers = [
        client.post("/v1/me/passkeys", json={"credential": passkeys.authenticator.create(options)}, headers=headers)
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 422]
    assert _count(session) == 1


def test_another_persons_challenge_and_one_for_signing_in_are_no_good(
    app: Edge, client: FlaskClient, session: Session, passkeys: Passkeys, headers: dict[str, str]
) -> None:
    other = sign_in_as(app, make_customer(session))
    of_jane = passkeys.authenticator.create(passkeys.begin(headers))
    for_sign_in = passkeys.authenticator.create(passkeys.begin(other), challenge=passkeys.begin_sign_in()["challenge"])

    for credential in (of_jane, for_sign_in):
        answer = client.post("/v1/me/passkeys", json={"credential": credential}, headers=other)
        assert (answer.status_code, answer.json["type"]) == (422, "/problems/passkey-not-valid")
    assert client.post("/v1/me/passkeys", json={"credential": of_jane}, headers=headers).status_code == 201


LIES: dict[str, dict[str, Any]] = {
    "another origin": {"client_data": {"origin": "http://localhost:8001"}},
    "another scheme": {"client_data": {"origin": "https://localhost:8000"}},
    "a look-alike origin": {"client_data": {"origin": "http://localhost:8000.evil.example"}},
    "a page in another's frame": {"client_data": {"crossOrigin": True}},
    "an answer to another question": {"client_data": {"type": "webauthn.get"}},
    "another relying party": {"rp_id": "evil.example"},
    "nobody was there": {"flags": VERIFIED},
    "nobody was verified": {"flags": PRESENT},
    "synced but not syncable": {"flags": PRESENT | VERIFIED | SYNCED},
    "a made-up challenge": {"challenge": encoded(bytes(32))},
    "no challenge": {"challenge": ""},
    "a challenge of another kind": {"challenge": 7},
    "a short id": {"key": Key("localhost", b"x", id=b"short")},
    "a key of an unknown kind": {"cose": cbor2.dumps({1: 99, 3: -7})},
    "a key of an algorithm not asked for": {"cose": cbor2.dumps({1: 2, 3: -36, -1: 3, -2: bytes(66), -3: bytes(66)})},
    "a point off the curve": {"cose": cbor2.dumps({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: b"\x01" * 32})},
    "no key": {"cose": b""},
    "a list for a key": {"cose": cbor2.dumps([1])},
    "an unknown attestation": {"attestation": {"fmt": "of my own"}},
    "a made-up attestation": {"attestation": {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"no"}}},
    "no data": {"attestation": {"authData": b""}},
    "data of another kind": {"attestation": {"authData": 7}},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_what_does_not_hold_is_refused_alike(
    session: Session, passkeys: Passkeys, headers: dict[str, str], lie: dict[str, Any], mailbox: Mailbox
) -> None:
    answer = passkeys.add(headers, **lie)

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/passkey-not-valid")
    assert said(answer) == said(passkeys.add(headers, client_data={"origin": "https://evil.example"}))
    assert _count(session) == 0
    assert mailbox("jane@example.com") == []


def test_an_id_that_is_not_the_passkeys_is_refused(
    client: FlaskClient, passkeys: Passkeys, headers: dict[str, str]
) -> None:
    credential = passkeys.authenticator.create(passkeys.begin(headers))
    credential["rawId"] = encoded(bytes(32))

    answer = client.post("/v1/me/passkeys", json={"credential": credential}, headers=headers)

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("rawId",), "not base64url!"),
        (("rawId",), "A"),
        (("rawId",), "A" * 1_500),
        (("rawId",), None),
        (("type",), "password"),
        (("clientExtensionResults",), []),
        (("response", "clientDataJSON"), ""),
        (("response", "clientDataJSON"), "=="),
        (("response", "attestationObject"), 7),
        (("response", "transports"), "usb"),
        (("response", "signature"), "AAAA"),
    ],
)
def test_what_is_no_credential_is_refused_by_name(
    client: FlaskClient, passkeys: Passkeys, headers: dict[str, str], path: tuple[str, ...], value: Any
) -> None:
    credential = passkeys.authenticator.create(passkeys.begin(headers))
    inner = credential["response"] if len(path) == 2 else credential
    inner[path[-1]] = value

    answer = client.post("/v1/me/passkeys", json={"credential": credential}, headers=headers)

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid")
    assert list(answer.json["errors"]) == [".".join(["credential", *path])]


def test_a_passkey_that_exists_is_not_added_again_by_whomever(
    app: Edge, session: Session, passkeys: Passkeys, headers: dict[str, str]
) -> None:
    passkeys.add(headers)
    key = passkeys.authenticator.keys[0]

    for again in (headers, sign_in_as(app, make_customer(session))):
        assert passkeys.add(again, key=key).status_code == 422
    assert _count(session) == 1


def test_two_who_add_one_passkey_at_once_get_one(
    app: Edge, session: Session, passkeys: Passkeys, headers: dict[str, str]
) -> None:
    people = [headers, *(sign_in_as(app, make_customer(session)) for _ in range(3))]
    key = Key("localhost", b"whose")
    sent = [(each, Authenticator().create(passkeys.begin(each), key=key)) for each in people]
    start, statuses = Barrier(len(sent)), []

    def add(headers: dict[str, str], credential: dict[str, Any]) -> None:
        start.wait()
        answer = app.test_client().post("/v1/me/passkeys", json={"credential": credential}, headers=headers)
        statuses.append(answer.status_code)

    threads = [Thread(target=add, args=each) for each in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [201, 422, 422, 422]
    assert _count(session) == 1


def test_twenty_passkeys_are_enough(client: FlaskClient, passkeys: Passkeys, headers: dict[str, str]) -> None:
    waiting = passkeys.authenticator.create(passkeys.begin(headers))
    for _ in range(20):
        passkeys.add(headers)

    answers = [
        client.post("/v1/me/passkeys/challenges", headers=headers),
        client.post("/v1/me/passkeys", json={"credential": waiting}, headers=headers),
    ]

    assert [(answer.status_code, answer.json["type"]) for answer in answers] == [
        (409, "/problems/too-many-passkeys")
    ] * 2


def test_guests_and_strangers_add_none(app: Edge, client: FlaskClient, session: Session) -> None:
    guest = sign_in_as(app, make_guest(session))

    for path in ("/v1/me/passkeys/challenges", "/v1/me/passkeys"):
        assert client.post(path).status_code == 401
        assert client.post(path, headers=guest).status_code == 403


def test_a_challenge_is_kept_only_as_a_hash(session: Session, passkeys: Passkeys, headers: dict[str, str]) -> None:
    challenge = passkeys.begin(headers)["challenge"]

    kept = session.scalars(sa.select(PasskeyChallenge)).one()
    assert challenge not in repr(vars(kept))
