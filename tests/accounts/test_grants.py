"""/v1/me/grants and /v1/grant-offers: offering, accepting, declining and ending grants."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from service import clock
from service.accounts.models import DelegatedAct, Grant
from service.accounts.rules.grants import MOST_OPEN
from service.db import new_id
from service.events import OutboxRow
from service.http.edge import Edge
from tests.factories import make_customer, make_grant, sign_in_as

from .conftest import Mailbox, said

ANA = "ana@example.com"
Headers = dict[str, str]


@pytest.fixture
def giver(app: Edge, jane: Any) -> Headers:
    """Jane, signed in."""
    return sign_in_as(app, jane)


@pytest.fixture
def ana(app: Edge, session: Session) -> Headers:
    """Ana, signed in."""
    return sign_in_as(app, make_customer(session, email=ANA, name="Ana"))


def _offer(client: FlaskClient, headers: Headers, **changes: Any) -> Any:
    offer = {
        "email": ANA,
        "scopes": ["place_orders"],
        "daily_limit": {"amount_minor": 2_000, "currency": "USD"},
        "timezone": "America/New_York",
        "label": "Team coffee",
        "expires_at": (clock.now() + timedelta(days=30)).isoformat(),
    }
    return client.post("/v1/me/grants", json=offer | changes, headers=headers)


def _decide(client: FlaskClient, headers: Headers, decision: str, token: str | None) -> Any:
    return client.post(f"/v1/grant-offers/{decision}", json={"token": token}, headers=headers)


def _accepted(client: FlaskClient, giver: Headers, receiver: Headers, mailbox: Mailbox) -> str:
    _offer(client, giver)
    answer = _decide(client, receiver, "acceptance", mailbox(ANA)[0].code)
    assert answer.status_code == 200, answer.text
    return str(answer.json["id"])


def _show(client: FlaskClient, headers: Headers, grant_id: str) -> Any:
    return client.get(f"/v1/me/grants/{grant_id}", headers=headers)


# ---- offering


def test_an_offer_is_shown_to_its_giver_and_sent_to_the_address(
    client: FlaskClient, giver: Headers, mailbox: Mailbox
) -> None:
    answer = _offer(client, giver, email="Ana@Example.com")

    assert answer.status_code == 201
    assert (answer.json["role"], answer.json["state"], answer.json["offered_to"]) == ("giver", "offered", ANA)
    assert answer.json["receiver"] is None
    assert answer.json["daily_limit"] == {"amount_minor": 2_000, "currency": "USD"}
    (mail,) = mailbox(ANA)
    assert mail.code
    assert "Jane" not in mail.body  # nothing that a stranger typed is sent on
    assert "Team coffee" not in mail.body


def test_nothing_tells_whether_the_address_has_an_account(
    client: FlaskClient, giver: Headers, ana: Headers, mailbox: Mailbox
) -> None:
    known, unknown = _offer(client, giver), _offer(client, giver, email="nobody@example.com")

    def told(answer: Any) -> dict[str, Any]:
        return {name: value for name, value in said(answer)[2].items() if not name.endswith(("id", "_at", "_to"))}

    assert told(known) == told(unknown)
    letters = [mailbox(address)[0] for address in (ANA, "nobody@example.com")]
    assert len({letter.body.replace(letter.code or "", "") for letter in letters}) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "jane@example.com"}, "email"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes.0"),
        ({"scopes": ["place_orders", "place_orders"]}, "scopes"),
        ({"daily_limit": None}, "daily_limit"),
        ({"daily_limit": {"amount_minor": 0, "currency": "USD"}}, "daily_limit.amount_minor"),
        ({"daily_limit": {"amount_minor": 2_000, "currency": "XX1"}}, "daily_limit.currency"),
        ({"timezone": None}, "timezone"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"scopes": ["pick_up_orders"], "timezone": None}, "daily_limit"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2099-01-01T00:00:00Z"}, "expires_at"),
        ({"label": ""}, "label"),
    ],
)
def test_an_offer_that_makes_no_sense_names_the_field(
    client: FlaskClient, giver: Headers, mailbox: Mailbox, changes: dict[str, Any], field: str
) -> None:
    answer = _offer(client, giver, **changes)

    assert answer.status_code == 422
    assert field in answer.json["errors"]
    assert mailbox(ANA) == []


def test_picking_up_needs_no_limit(client: FlaskClient, giver: Headers) -> None:
    answer = _offer(client, giver, scopes=["pick_up_orders"], daily_limit=None, timezone=None, label=None)

    assert (answer.status_code, answer.json["daily_limit"], answer.json["timezone"]) == (201, None, None)


def test_there_is_an_end_to_open_grants_and_ending_one_makes_room(client: FlaskClient, giver: Headers) -> None:
    offers = [_offer(client, giver, email=f"person-{number}@example.com") for number in range(MOST_OPEN)]

    answer = _offer(client, giver)

    assert (answer.status_code, answer.json["type"], answer.json["most"]) == (409, "/problems/too-many-grants", 20)
    client.delete(f"/v1/me/grants/{offers[0].json['id']}", headers=giver)
    assert _offer(client, giver).status_code == 201


def test_no_inbox_is_flooded_and_nobody_is_told(client: FlaskClient, giver: Headers, mailbox: Mailbox) -> None:
    answers = [_offer(client, giver) for _ in range(6)]

    assert {answer.status_code for answer in answers} == {201}
    assert len(mailbox(ANA)) == 5


# ---- deciding


def test_who_has_the_token_sees_what_is_offered_and_by_whom(
    client: FlaskClient, giver: Headers, ana: Headers, mailbox: Mailbox
) -> None:
    _offer(client, giver)

    answer = _decide(client, ana, "preview", mailbox(ANA)[0].code)

    assert answer.status_code == 200
    assert (answer.json["giver"], answer.json["label"]) == ({"name": "Jane"}, "Team coffee")
    assert answer.json["scopes"] == ["place_orders"]
    assert set(answer.json) == {
        "giver", "label", "scopes", "daily_limit", "timezone", "offer_ends_at", "expires_at",
    }  # fmt: skip


def test_accepting_makes_both_see_it_and_tells_the_giver(
    client: FlaskClient, giver: Headers, ana: Headers, mailbox: Mailbox
) -> None:
    grant_id = _accepted(client, giver, ana, mailbox)

    theirs, mine = _show(client, ana, grant_id), _show(client, giver, grant_id)
    assert (theirs.json["role"], theirs.json["state"], theirs.json["giver"]) == ("receiver", "active", {"name": "Jane"})
    assert theirs.json["offered_to"] is None
    assert (mine.json["role"], mine.json["state"], mine.json["receiver"]) == ("giver", "active", {"name": "Ana"})
    assert mailbox("jane@example.com")[0].subject == "Your grant was accepted"


def test_an_offer_may_be_accepted_with_an_account_of_another_address(
    app: Edge, client: FlaskClient, session: Session, giver: Headers, mailbox: Mailbox
) -> None:
    """The token proves who reads the mail; the account is theirs to choose, and its address isn't told."""
    at_work = sign_in_as(app, make_customer(session, email="ana@work.example", name="Ana"))

    grant = _show(client, giver, _accepted(client, giver, at_work, mailbox))

    assert "ana@work.example" not in grant.text


def test_accepting_again_changes_nothing_and_another_person_can_not(
    app: Edge, client: FlaskClient, session: Session, giver: Headers, ana: Headers, mailbox: Mailbox
) -> None:
    grant_id = _accepted(client, giver, ana, mailbox)
    token = mailbox(ANA)[0].code

    again = _decide(client, ana, "acceptance", token)
    other = _decide(client, sign_in_as(app, make_customer(session)), "acceptance", token)

    assert (again.status_code, again.json["id"], again.json["version"]) == (200, grant_id, 2)
    assert (other.status_code, other.json["type"]) == (422, "/problems/one-time-token-not-valid")
    assert len(mailbox("jane@example.com")) == 1


@pytest.mark.parametrize("decision", ["preview", "acceptance", "decline"])
def test_a_token_is_worth_nothing_to_its_giver_or_made_up(
    client: FlaskClient, giver: Headers, ana: Headers, mailbox: Mailbox, decision: str
) -> None:
    _offer(client, giver)

    assert _decide(client, giver, decision, mailbox(ANA)[0].code).status_code == 422
    assert _decide(client, ana, decision, "made up").status_code == 422


@pytest.mark.parametrize("decision", ["preview", "acceptance", "decline"])
@pytest.mark.parametrize("end", ["withdrawn", "declined", "too old"])
def test_an_offer_that_is_over_is_worth_nothing(
    client: FlaskClient,
    session: Session,
    giver: Headers,
    ana: Headers,
    mailbox: Mailbox,
    end: str,
    decision: str,
) -> None:
    grant_id = _offer(client, giver).json["id"]
    token = mailbox(ANA)[0].code
    if end == "withdrawn":
        client.delete(f"/v1/me/grants/{grant_id}", headers=giver)
    elif end == "declined":
        _decide(client, ana, "decline", token)
    else:
        ago = clock.now() - timedelta(days=7)
        session.execute(sa.update(Grant).values(offered_at=ago - timedelta(seconds=1), offer_ends_at=ago))
        session.commit()

    assert _decide(client, ana, decision, token).status_code == 422


def test_a_declined_offer_is_shown_as_such_and_tells_not_who(
    client: FlaskClient, giver: Headers, ana: Headers, mailbox: Mailbox
) -> None:
    grant_id = _offer(client, giver).json["id"]

    assert _decide(client, ana, "decline", mailbox(ANA)[0].code).status_code == 204

    shown = _show(client, giver, grant_id).json
    assert (shown["state"], shown["receiver"]) == ("declined", None)
    assert _show(client, ana, grant_id).status_code == 404


def test_of_twenty_people_with_one_token_one_is_the_receiver(
    app: Edge, client: FlaskClient, session: Session, giver: Headers, mailbox: Mailbox
) -> None:
    _offer(client, giver)
    token = mailbox(ANA)[0].code
    people = [sign_in_as(app, make_customer(session)) for _ in range(20)]

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda one: _decide(app.test_client(), one, "acceptance", token), people))

    assert sorted(answer.status_code for answer in answers) == [200] + [422] * 19


# ---- listing and ending


def test_each_side_lists_its_own_newest_first_page_by_page(
    app: Edge, client: FlaskClient, session: Session, jane: Any, giver: Headers
) -> None:
    ana, other = make_customer(session, name="Ana"), make_customer(session)
    given = [str(make_grant(session, jane, ana).id) for _ in range(3)]
    received = str(make_grant(session, ana, jane).id)
    make_grant(session, ana, other)

    def listed(query: str) -> list[str]:
        return [grant["id"] for grant in client.get(f"/v1/me/grants{query}", headers=giver).json["data"]]

    assert listed("") == [received, *reversed(given)]
    assert listed("?role=giver") == given[::-1]
    assert listed("?role=receiver") == [received]
    first = client.get("/v1/me/grants?limit=3", headers=giver).json
    assert [grant["id"] for grant in first["data"]] == [received, given[2], given[1]]
    assert listed(f"?limit=3&cursor={first['next_cursor']}") == [given[0]]


@pytest.mark.parametrize(("by", "state"), [("giver", "revoked"), ("receiver", "given_up")])
def test_either_side_ends_it_once(
    app: Edge, client: FlaskClient, session: Session, jane: Any, by: str, state: str
) -> None:
    ana = make_customer(session)
    grant_id = make_grant(session, jane, ana).id
    headers = {"giver": sign_in_as(app, jane), "receiver": sign_in_as(app, ana)}

    answers = [client.delete(f"/v1/me/grants/{grant_id}", headers=headers[each]) for each in (by, "giver", "receiver")]

    assert {answer.status_code for answer in answers} == {204}
    assert {_show(client, each, str(grant_id)).json["state"] for each in headers.values()} == {state}
    ended = session.scalars(sa.select(OutboxRow).where(OutboxRow.name == "GrantEnded")).all()
    assert [fact.payload["ended_by"] for fact in ended] == [by]


def test_an_expired_grant_says_so_also_to_who_has_its_version(
    app: Edge, client: FlaskClient, session: Session, jane: Any, giver: Headers
) -> None:
    grant = make_grant(session, jane, make_customer(session))
    etag = _show(client, giver, str(grant.id)).headers["ETag"]
    unchanged = client.get(f"/v1/me/grants/{grant.id}", headers=giver | {"If-None-Match": etag})
    grant.expires_at = clock.now()
    session.commit()

    answer = client.get(f"/v1/me/grants/{grant.id}", headers=giver | {"If-None-Match": etag})

    assert unchanged.status_code == 304
    assert (answer.status_code, answer.json["state"]) == (200, "expired")


def test_somebody_elses_grant_does_not_exist(
    app: Edge, client: FlaskClient, session: Session, jane: Any, giver: Headers
) -> None:
    grant_id = make_grant(session, jane, make_customer(session)).id
    stranger = sign_in_as(app, make_customer(session))

    assert _show(client, stranger, str(grant_id)).status_code == 404
    assert client.delete(f"/v1/me/grants/{grant_id}", headers=stranger).status_code == 404
    assert client.get(f"/v1/me/grants/{grant_id}/acts", headers=stranger).status_code == 404
    assert _show(client, giver, str(grant_id)).json["state"] == "active"


# ---- what the database holds


def test_the_database_keeps_what_was_done(session: Session, jane: Any) -> None:
    ana = make_customer(session)
    grant = make_grant(session, jane, ana)
    act = DelegatedAct(grant_id=grant.id, person_id=ana.id, operation="place_order", happened_at=clock.now())
    session.add(act)
    session.commit()

    for change in (sa.update(DelegatedAct).values(operation="nothing"), sa.delete(DelegatedAct)):
        with pytest.raises(DBAPIError, match="stays on record"):
            session.execute(change)
        session.rollback()


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"may_place_orders": False, "limit_minor": None, "currency": None, "timezone": None,
          "may_pick_up_orders": False}, "allows_something"),
        ({"limit_minor": None, "currency": None, "timezone": None}, "ordering_has_limit"),
        ({"timezone": None}, "limit_is_whole"),
        ({"limit_minor": -1}, "ck_grants_limit"),
        ({"accepted_at": None}, "accepted_by_receiver"),
        ({"ended_by": "giver"}, "ended_by_someone"),
    ],
)  # fmt: skip
def test_the_database_refuses_grants_that_make_no_sense(
    session: Session, jane: Any, changes: dict[str, Any], constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        make_grant(session, jane, make_customer(session), token_hash=new_id().hex, **changes)
    session.rollback()


def test_nobody_is_their_own_receiver(session: Session, jane: Any) -> None:
    with pytest.raises(IntegrityError, match="two_people"):
        make_grant(session, jane, jane)
    session.rollback()
