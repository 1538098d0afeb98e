"""/v1/me/wallet/transfers: sending money to another customer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service import clock
from service.accounts.models import Mail
from service.http.edge import Edge
from service.worker import Worker
from tests.factories import make_customer, sign_in_as

from .purse import Purse, faults, usd


def send(purse: Purse, amount_minor: int = 2_000, **changes: Any) -> Any:
    """Send money, to Ana where nobody else is named."""
    body = {"email": "ana@example.com", "amount": usd(amount_minor), "message": "For lunch"}
    return purse.post("transfers", body | changes)


def mails(session: Session, address: str) -> list[str]:
    """Return what an address was told, oldest first."""
    theirs = sa.select(Mail.subject, Mail.body).where(Mail.to_address == address).order_by(Mail.id)
    return [f"{row.subject} {row.body}" for row in session.execute(theirs)]


def test_what_is_sent_leaves_at_once_and_arrives_when_it_is_accepted(session: Session, jane: Purse, ana: Purse) -> None:
    sent = send(jane, email="Ana@Example.com")

    assert sent.status_code == 201, sent.text
    assert (sent.json["role"], sent.json["state"], sent.json["next_actions"]) == ("sender", "offered", ["withdraw"])
    assert (jane.has(), ana.has()) == (3_000, 0)
    (waiting,) = ana.get("transfers", role="receiver").json["data"]
    assert (waiting["sender"], waiting["message"], waiting["sent_to"]) == ({"name": "Jane"}, "For lunch", None)
    assert waiting["next_actions"] == ["accept", "refuse"]

    accepted = ana.post(f"transfers/{waiting['id']}/acceptance")

    assert (accepted.status_code, accepted.json["state"]) == (200, "accepted")
    assert (jane.has(), ana.has()) == (3_000, 2_000)
    assert jane.get(f"transfers/{waiting['id']}").json["receiver"] == {"name": "Ana"}
    assert jane.entries()[-1] == ("transfer_sent", -2_000, 3_000)
    assert ana.entries() == [("transfer_accepted", 2_000, 2_000)]
    assert faults(jane.app) == []


def test_the_mail_says_nothing_that_a_stranger_typed(session: Session, jane: Purse) -> None:
    send(jane)

    (mail,) = mails(session, "ana@example.com")
    assert "lunch" not in mail
    assert "Jane" not in mail


def test_nothing_tells_whether_the_address_has_an_account(jane: Purse, ana: Purse) -> None:
    known, unknown = send(jane, 100).json, send(jane, 100, email="nobody@example.com").json

    assert {name: known[name] for name in ("state", "receiver", "amount")} == {
        name: unknown[name] for name in ("state", "receiver", "amount")
    }


def test_who_makes_an_account_of_the_address_finds_what_waits(app: Edge, session: Session, jane: Purse) -> None:
    transfer = send(jane, email="later@example.com").json
    later = Purse(app, session, email="later@example.com")

    assert later.post(f"transfers/{transfer['id']}/acceptance").status_code == 200
    assert later.has() == 2_000


def test_what_is_refused_or_withdrawn_is_back_at_once(session: Session, jane: Purse, ana: Purse) -> None:
    refused, withdrawn = send(jane).json["id"], send(jane).json["id"]

    assert ana.post(f"transfers/{refused}/refusal").json["state"] == "refused"
    assert jane.post(f"transfers/{withdrawn}/withdrawal").json["state"] == "withdrawn"
    assert ana.post(f"transfers/{refused}/refusal").status_code == 200  # once more changes nothing
    assert jane.post(f"transfers/{withdrawn}/withdrawal").status_code == 200

    assert (jane.has(), ana.has()) == (5_000, 0)
    assert jane.get(f"transfers/{refused}").json["receiver"] is None
    assert [text.partition(" ")[0] for text in mails(session, "jane@example.com")] == ["A"]
    assert faults(jane.app) == []


def test_what_has_ended_can_not_end_otherwise(jane: Purse, ana: Purse) -> None:
    accepted, withdrawn = send(jane).json["id"], send(jane).json["id"]
    assert ana.post(f"transfers/{accepted}/acceptance").status_code == 200
    assert ana.post(f"transfers/{accepted}/acceptance").status_code == 200
    jane.post(f"transfers/{withdrawn}/withdrawal")

    too_late = jane.post(f"transfers/{accepted}/withdrawal")
    assert (too_late.status_code, too_late.json["type"]) == (409, "/problems/transfer-not-open")
    assert too_late.json["state"] == "accepted"
    assert ana.post(f"transfers/{accepted}/refusal").status_code == 409
    assert ana.post(f"transfers/{withdrawn}/acceptance").status_code == 404  # nothing waits at the address any more
    assert (jane.has(), ana.has()) == (3_000, 2_000)


def test_what_nobody_answers_returns_after_14_days(app: Edge, session: Session, jane: Purse, ana: Purse) -> None:
    transfer = send(jane).json["id"]
    worker, now = Worker(app.database, {}), clock.now()
    worker.work_once(now + timedelta(days=14) - timedelta(seconds=60))
    assert jane.has() == 3_000

    worker.work_once(now + timedelta(days=14, seconds=60))

    assert jane.has() == 5_000
    assert jane.get(f"transfers/{transfer}").json["state"] == "returned"
    assert jane.entries()[-1] == ("transfer_returned", 2_000, 5_000)
    assert ana.post(f"transfers/{transfer}/acceptance").status_code == 404
    assert mails(session, "jane@example.com")[0].startswith("A transfer of yours came back")


def test_nobody_sends_to_themselves_or_more_than_they_have(jane: Purse) -> None:
    assert list(send(jane, email="jane@example.com").json["errors"]) == ["email"]
    too_much = send(jane, 5_001)
    assert (too_much.status_code, too_much.json["type"]) == (402, "/problems/insufficient-balance")
    assert too_much.json["missing"] == usd(1)
    assert jane.get("transfers").json["data"] == []
    assert jane.has() == 5_000


def test_an_address_is_not_flooded(session: Session, jane: Purse) -> None:
    for _ in range(7):
        assert send(jane, 1).status_code == 201

    assert len(mails(session, "ana@example.com")) == 5


def test_the_same_key_sends_once(jane: Purse) -> None:
    body = {"email": "ana@example.com", "amount": usd(1_000)}
    first, again = (jane.post("transfers", body, key="one") for _ in range(2))

    assert first.json == again.json
    assert jane.has() == 4_000


def test_a_transfer_exists_for_its_two_people(
    app: Edge, session: Session, client: FlaskClient, guest: dict[str, str], jane: Purse, ana: Purse
) -> None:
    transfer = send(jane).json["id"]
    other = sign_in_as(app, make_customer(session))
    key = {"Idempotency-Key": "k"}

    assert client.get(f"/v1/me/wallet/transfers/{transfer}", headers=other).status_code == 404
    for verb in ("acceptance", "refusal", "withdrawal"):
        path = f"/v1/me/wallet/transfers/{transfer}/{verb}"
        assert client.post(path, headers=other | key).status_code == 404
        assert client.post(path, headers=guest | key).status_code == 403
        assert client.post(path, headers=key).status_code == 401
    assert jane.post(f"transfers/{transfer}/acceptance").status_code == 404
    assert ana.post(f"transfers/{transfer}/withdrawal").status_code == 404
    assert client.get("/v1/me/wallet/transfers", headers=other).json["data"] == []
