"""Gifts, pools, claims: stars change hands only by a yes, and none are lost by surprise."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from service import clock
from service.events import OutboxRow
from service.loyalty import actions, queries
from service.loyalty.actions.claims import MOST_OPEN
from service.worker import Worker
from tests.factories import make_customer, make_operator, sign_in_as

from .club import Club


def test_a_gift_is_taken_once_and_keeps_its_terms(club: Club) -> None:
    club.earn(10, ago=timedelta(days=30))
    club.join(club.other)
    gift = club.send("POST", "/gifts", json={"stars": 4, "message": "For you"}).json
    assert (gift["state"], club.stars()) == ("offered", 6)

    taken = club.send("POST", "/gifts/acceptance", json={"token": gift["token"]}, headers=club.other)

    assert (taken.status_code, taken.json["role"], club.stars(club.other)) == (200, "receiver", 4)
    theirs = club.send("GET", "/lots", headers=club.other).json["data"][0]
    assert theirs["expires_at"] == club.lots()[0]["expires_at"]
    assert (theirs["from_lot_id"], theirs["programme_version"]) == (club.lots()[0]["id"], 1)
    again = club.send("POST", "/gifts/acceptance", json={"token": gift["token"]}, headers=club.other)
    assert again.json["type"] == "/problems/gift-over"
    assert club.send("DELETE", f"/gifts/{gift['id']}").json["type"] == "/problems/gift-over"
    club.expect_whole()


def test_a_gift_that_nobody_wants_goes_back(club: Club) -> None:
    club.earn(10)
    club.join(club.other)
    for end in ("refusal", "taken_back", "returned"):
        gift = club.send("POST", "/gifts", json={"stars": 10}).json
        assert club.stars() == 0
        if end == "refusal":
            own = club.send("POST", "/gifts/acceptance", json={"token": gift["token"]})
            assert own.json["type"] == "/problems/gift-over"
            refused = club.send("POST", "/gifts/refusal", json={"token": gift["token"]}, headers=club.other)
            assert refused.status_code == 204
        elif end == "taken_back":
            assert club.send("DELETE", f"/gifts/{gift['id']}", headers=club.other).status_code == 404
            assert club.send("DELETE", f"/gifts/{gift['id']}").status_code == 204
        else:
            Worker(club.app.database, {}).work_once(clock.now() + timedelta(days=9))
        assert club.stars() == 10
    assert club.send("POST", "/gifts", json={"stars": 11}).json["available"] == 10
    club.expect_whole()


def test_two_who_give_one_another_the_same_stars_do_not_keep_them_alive(club: Club) -> None:
    club.join(club.other)
    club.earn(10)
    mine, theirs = club.customer_id(), club.customer_id(club.other)
    late = datetime.fromisoformat(club.lots()[0]["expires_at"]) - timedelta(days=3)

    def give(customer_id: UUID, now: datetime, *, to: UUID | None = None) -> None:
        """Give ten stars to somebody, or take them back."""
        with club.app.database.writing.begin() as session:
            gift = actions.offer_gift(session, customer_id=customer_id, stars=10, message=None, now=now)
            if to is not None:
                actions.accept_gift(session, customer_id=to, token=gift["token"], now=now)
            else:
                actions.take_back_gift(session, customer_id=customer_id, gift_id=gift["id"], now=now)

    give(mine, late)
    lived_until = club.lots()[0]["expires_at"]
    assert datetime.fromisoformat(lived_until) > late + timedelta(days=13)  # its grace, once
    give(mine, late, to=theirs)
    give(theirs, late + timedelta(days=10))

    lots = club.send("GET", "/lots", headers=club.other).json["data"]
    assert [(lot["remaining"], lot["expires_at"]) for lot in lots] == [(10, lived_until)]
    club.expect_whole()


def test_the_others_of_a_pool_pay_up_to_their_caps_and_are_not_told_what_for(club: Club) -> None:
    club.earn(4)
    club.join(club.other)
    club.earn(20, headers=club.other)
    pool = club.send("POST", "/pools", json={"name": "Us", "called": "Jo", "cap": 0}).json
    token = club.send("POST", f"/pools/{pool['id']}/invitations").json["token"]
    into = {"token": token, "called": "Al", "cap": 6}
    assert len(club.send("POST", "/pools/acceptance", json=into, headers=club.other).json["members"]) == 2
    assert club.send("POST", "/pools/acceptance", json=into, headers=club.other).status_code == 409

    assert club.redeem().json["type"] == "/problems/not-enough-stars"
    redeemed = club.redeem(from_pool=True)
    assert (redeemed.status_code, club.stars(), club.stars(club.other)) == (201, 0, 14)
    entry = club.entries(club.other)[-1]
    assert (entry["kind"], entry["stars"], entry["rule"], entry["label"]) == ("redeemed", -6, None, None)
    assert club.redeem(from_pool=True).json["available"] == 0

    path = f"/pools/{pool['id']}/cap"
    assert "cap" in club.send("PUT", path, json={"cap": 5}, headers=club.other).json["errors"]
    club.send("POST", f"/redemptions/{redeemed.json['id']}/cancellation")
    assert (club.stars(), club.stars(club.other)) == (4, 20)
    assert club.send("PUT", path, json={"cap": 5}, headers=club.other).status_code == 200
    club.expect_whole()
    assert club.send("DELETE", f"/pools/{pool['id']}/membership", headers=club.other).status_code == 204
    assert club.send("GET", "/pools", headers=club.other).json["data"] == []
    assert club.stars(club.other) == 20


@pytest.mark.parametrize("change", ["left the pool", "lets them spend none"])
def test_whoever_ends_their_consent_while_another_redeems_keeps_their_stars(club: Club, change: str) -> None:
    club.join(club.other)
    club.earn(20, headers=club.other)
    pool = UUID(club.send("POST", "/pools", json={"name": "Us", "called": "Jo", "cap": 0}).json["id"])
    token = club.send("POST", f"/pools/{pool}/invitations").json["token"]
    club.send("POST", "/pools/acceptance", json={"token": token, "called": "Al", "cap": 20}, headers=club.other)
    other = {"customer_id": club.customer_id(club.other), "pool_id": pool, "now": clock.now()}
    with ThreadPoolExecutor(1) as threads, club.app.database.writing.begin() as session:
        if change == "left the pool":
            actions.leave_pool(session, **other)
        else:
            actions.change_cap(session, cap=0, **other)
        session.flush()
        redeeming = threads.submit(lambda: club.redeem(from_pool=True))
        time.sleep(0.2)  # it has looked at the consents, and waits for the member
        session.commit()
        redeemed = redeeming.result()

    assert (redeemed.status_code, club.stars(club.other)) == (409, 20)
    club.expect_whole()


def test_a_claim_is_granted_at_once_where_the_receipt_proves_it(club: Club) -> None:
    shop = club.shop
    club.send("DELETE")
    order = shop.finished()
    club.join()

    claim = club.send("POST", "/claims", json={"receipt": order["id"]})
    assert (claim.status_code, claim.json["state"], claim.json["stars"], club.stars()) == (201, "granted", 8, 8)
    again = club.send("POST", "/claims", json={"receipt": order["id"]})
    assert again.json["type"] == "/problems/already-claimed"
    club.expect_whole()


def test_a_claim_that_nothing_proves_waits_for_staff(club: Club) -> None:
    order = club.shop.placed()
    somebodys = club.send("POST", "/claims", json={"receipt": str(uuid4()), "note": "Paid in the shop"}).json
    assert club.send("POST", "/claims", json={"receipt": order["id"]}).json["state"] == "open"  # not picked up
    operator = sign_in_as(club.app, make_operator(club.session)) | {"Idempotency-Key": "one"}
    waiting = club.client.get("/v1/loyalty/claims?limit=1", headers=operator).json
    assert (waiting["data"][0]["id"], somebodys["state"]) == (somebodys["id"], "open")

    path = f"/v1/loyalty/claims/{somebodys['id']}/answer"
    answer = club.client.post(path, json={"stars": 5, "answer": "Sorry"}, headers=operator)
    assert (answer.json["state"], club.stars(), club.show()["tier"]["qualifying_stars"]) == ("granted", 5, 0)
    over = club.client.post(path, json={"stars": 5, "answer": "Sorry"}, headers=operator | {"Idempotency-Key": "two"})
    assert over.json["type"] == "/problems/claim-answered"
    assert club.client.post(path, json={}, headers=club.headers | {"Idempotency-Key": "x"}).status_code == 403


def test_a_receipt_that_earns_none_proves_nothing_and_waits_for_staff_too(club: Club) -> None:
    club.send("DELETE")
    order = club.shop.finished()
    assert club.shop.refund(order["id"], lines=[{"position": 1, "quantity": 1}]).status_code == 201
    club.join()

    claim = club.send("POST", "/claims", json={"receipt": order["id"]}).json

    assert (claim["state"], claim["stars"], claim["answer"]) == ("open", 0, None)


def answer_as_operator(club: Club, claim_id: str, stars: int) -> Any:
    """Answer a claim."""
    operator = sign_in_as(club.app, make_operator(club.session)) | {"Idempotency-Key": str(uuid4())}
    path = f"/v1/loyalty/claims/{claim_id}/answer"
    return club.client.post(path, json={"stars": stars, "answer": "Sorry"}, headers=operator)


def test_staff_give_no_stars_again_that_the_order_earned_at_its_pickup_meanwhile(club: Club) -> None:
    order = club.shop.placed()
    claim = club.send("POST", "/claims", json={"receipt": order["id"]}).json["id"]
    for to in ("fired", "ready", "picked_up"):
        assert club.shop.move(order["id"], to).status_code == 200

    refused = answer_as_operator(club, claim, 8)

    assert (refused.status_code, refused.json["type"], club.stars()) == (409, "/problems/already-claimed", 8)
    assert answer_as_operator(club, claim, 0).json["state"] == "refused"
    club.expect_whole()


def test_of_two_who_claim_one_receipt_one_is_given_its_stars(club: Club) -> None:
    club.join(club.other)
    receipt = {"receipt": str(uuid4())}
    first, second = (
        club.send("POST", "/claims", json=receipt, headers=of).json["id"] for of in (club.headers, club.other)
    )
    assert answer_as_operator(club, first, 8).json["state"] == "granted"

    refused = answer_as_operator(club, second, 8)

    assert (refused.json["type"], club.stars(), club.stars(club.other)) == ("/problems/already-claimed", 8, 0)
    assert club.send("POST", "/claims", json=receipt).json["id"] == first  # theirs, as it was answered
    again = club.send("POST", "/claims", json=receipt, headers=club.other)
    assert again.json["type"] == "/problems/already-claimed"
    club.expect_whole()


def test_a_receipt_is_one_claim_however_often_it_is_sent_and_is_granted_once_it_is_proved(club: Club) -> None:
    club.send("DELETE")
    order = club.shop.placed()
    club.join()
    claimed = [club.send("POST", "/claims", json={"receipt": order["id"]}).json for _ in range(2)]
    assert claimed[0] == claimed[1]
    club.send("DELETE")
    for state in ("fired", "ready", "picked_up"):
        assert club.shop.move(order["id"], state).status_code == 200
    club.join()

    proved = club.send("POST", "/claims", json={"receipt": order["id"]}).json
    assert (proved["id"], proved["state"], club.stars()) == (claimed[0]["id"], "granted", 8)


def test_so_many_claims_of_ones_own_wait_at_most(club: Club) -> None:
    for _ in range(MOST_OPEN):
        assert club.send("POST", "/claims", json={"receipt": str(uuid4())}).status_code == 201

    refused = club.send("POST", "/claims", json={"receipt": str(uuid4())})
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/too-many-claims")


def say(club: Club, **policy: object) -> None:
    """Say what is done before stars expire."""
    path = "/v1/me/preferences/star_policy"
    match = {"If-Match": f'"{club.client.get(path, headers=club.headers).json["version"]}"'}
    answer = club.client.put(path, json={"value": policy}, headers=club.headers | match)
    assert answer.status_code == 200, answer.text


def test_before_stars_expire_is_done_once_what_was_said(club: Club) -> None:
    say(club, do="redeem", reward="off-1", days_before=20)
    club.earn(10, ago=timedelta(days=100))
    expires_at = club.lots()[0]["expires_at"]
    worker, due = Worker(club.app.database, {}), clock.now() + timedelta(days=70)

    worker.work_once(clock.now())
    assert club.stars() == 10
    for minutes in (0, 2):
        worker.work_once(due + timedelta(minutes=minutes))

    assert [each["stars"] for each in club.send("GET", "/redemptions").json["data"]] == [10]
    assert expires_at
    club.expect_whole()


def reminders(club: Club) -> int:
    """Return how often somebody was reminded."""
    with club.app.database.reading() as session:
        return len(session.scalars(sa.select(OutboxRow.seq).where(OutboxRow.name == "StarsExpiring")).all())


def test_who_wants_a_reminder_gets_one_and_so_does_who_has_no_pool(club: Club) -> None:
    worker = Worker(club.app.database, {})
    say(club, do="remind", days_before=20)
    club.earn(10, ago=timedelta(days=175))
    for _ in range(2):
        worker.work_once(clock.now())
        assert (reminders(club), club.stars()) == (1, 10)

    say(club, do="pool", days_before=20)
    club.earn(10, ago=timedelta(days=175))
    Worker(club.app.database, {}).work_once(clock.now())
    assert reminders(club) == 2


def test_stars_given_to_the_pool_before_they_expire_are_spent_beyond_the_cap(club: Club) -> None:
    club.join(club.other)
    pool = club.send("POST", "/pools", json={"name": "Us", "called": "Jo", "cap": 0}).json
    token = club.send("POST", f"/pools/{pool['id']}/invitations").json["token"]
    club.send("POST", "/pools/acceptance", json={"token": token, "called": "Al", "cap": 0}, headers=club.other)
    say(club, do="pool", days_before=20)
    club.earn(10, ago=timedelta(days=175))
    assert club.redeem(from_pool=True, headers=club.other).json["type"] == "/problems/not-enough-stars"

    Worker(club.app.database, {}).work_once(clock.now())

    assert club.lots()[0]["is_pooled"]
    assert club.redeem(from_pool=True, headers=club.other).status_code == 201
    club.expect_whole()


def test_of_many_who_take_one_gift_at_once_one_gets_it(club: Club) -> None:
    club.earn(10)
    token = club.send("POST", "/gifts", json={"stars": 10}).json["token"]
    people = [sign_in_as(club.app, make_customer(club.session)) for _ in range(8)]
    for headers in people:
        club.join(headers)
    start = Barrier(len(people))

    def take(headers: dict[str, str]) -> int:
        start.wait(10)
        status: int = club.send("POST", "/gifts/acceptance", json={"token": token}, headers=headers).status_code
        return status

    with ThreadPoolExecutor(len(people)) as threads:
        answers = list(threads.map(take, people))

    assert sorted(answers) == [200, *[409] * 7]
    assert sum(club.stars(headers) for headers in people) == 10
    club.expect_whole()


def test_stars_expire_after_the_whole_day_with_an_entry_of_that_instant(club: Club) -> None:
    club.earn(10, ago=timedelta(days=100))
    forecast = club.send("GET", "/forecast").json["data"]
    assert [(each["stars"], each["expires_at"]) for each in forecast] == [(10, club.lots()[0]["expires_at"])]

    mine, expires_at = club.member().id, datetime.fromisoformat(forecast[0]["expires_at"])
    Worker(club.app.database, {}).work_once(clock.now() + timedelta(days=200))  # by then the session has ended, too

    with club.app.database.reading() as session:
        (last,) = queries.entries(session, member_id=mine, limit=1)[:1]
    assert (last["kind"], last["stars"], last["happened_at"]) == ("expired", -10, expires_at)
    club.expect_whole()


def test_a_remedy_in_stars_is_given_once(club: Club) -> None:
    order_id = UUID(int=7)
    with club.app.database.writing() as session:
        given = [
            actions.give_stars(
                session, customer_id=club.customer_id(), stars=25, rule="remedy", order_id=order_id, now=clock.now()
            )
            for _ in range(2)
        ]
        session.commit()
    assert (given, club.stars(), club.show()["tier"]["qualifying_stars"]) == ([25, 0], 25, 0)
