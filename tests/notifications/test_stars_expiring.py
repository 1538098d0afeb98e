"""A reminder before stars expire: told once, to those who chose it, of all stars that end together, while it is so."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from service import clock
from service.http.edge import Edge
from service.loyalty import actions
from service.worker import Worker
from tests.loyalty.club import Club
from tests.loyalty.test_sharing import say

from .conftest import Ear, PushService
from .test_quiet_hours import MONDAY, SATURDAY, weekend

TITLE = "Some of your stars expire soon"


@pytest.fixture
def club(app: Edge, session: Session) -> Club:
    """A shop with a programme, and a member with stars that expire within a month."""
    club = Club(app, session)
    club.join()
    club.earn(10, ago=timedelta(days=165))
    return club


@pytest.fixture
def listening(club: Club, service: PushService) -> Ear:
    """The member with a device that takes push; they want a reminder."""
    say(club, do="remind", days_before=30)
    ear = Ear(club.shop, service)
    assert ear.subscribe().status_code == 201
    return ear


def follow(club: Club, at: datetime | None = None) -> None:
    """Let the worker do what is said before stars expire."""
    Worker(club.app.database, {}).follow_up(at or clock.now())


def test_who_chose_it_is_told_once_by_push_and_by_mail(club: Club, listening: Ear) -> None:
    listening.wants("stars_expiring")

    follow(club)
    for _ in range(2):
        listening.carry()

    assert listening.heard() == ([TITLE], [TITLE])
    (message,), (mail,) = listening.pushed(), listening.mailed()
    at = datetime.fromisoformat(club.lots()[0]["expires_at"]).astimezone(ZoneInfo("America/New_York"))
    assert (at.hour, at.minute) == (0, 0)  # after the whole of the day before
    day = f"{at - timedelta(days=1):%a %-d %b}"
    assert message["body"] == f"10 of your stars can be spent to the end of {day}. The app shows what for."
    assert message["body"] in mail["body"]
    assert (message["moment"], message["source"]["preference"]) == ("stars_expiring", "notifications")


@pytest.mark.parametrize("wants", [None, "ready"])
def test_who_chose_no_way_for_it_is_told_nothing(club: Club, listening: Ear, wants: str | None) -> None:
    if wants is not None:
        listening.wants(wants)

    follow(club)
    listening.carry()

    assert listening.heard() == ([], [])
    assert listening.notifications() == []


def test_stars_of_one_order_that_end_together_are_one_reminder(club: Club, listening: Ear) -> None:
    listening.wants("stars_expiring", channels=("push",))
    at = clock.now() - timedelta(days=165)
    with club.app.database.writing() as session:
        for rule in ("remedy", "claim"):
            asked = {"stars": 3, "rule": rule, "order_id": uuid4()}
            actions.give_stars(session, customer_id=club.customer_id(), now=at, **asked)
        session.commit()

    follow(club)
    listening.carry()

    (message,) = listening.pushed()
    assert message["body"].startswith("16 of your stars")


def test_stars_that_are_spent_by_then_are_not_told_of(club: Club, listening: Ear) -> None:
    listening.wants("stars_expiring")
    follow(club)
    assert club.redeem().status_code == 201

    listening.carry()

    assert listening.heard() == ([], [])


def test_who_left_the_programme_is_not_told(club: Club, listening: Ear) -> None:
    listening.wants("stars_expiring")
    follow(club)
    assert club.send("DELETE", query_string={"stars": "let_go"}).status_code == 200

    listening.carry()

    assert listening.heard() == ([], [])


@pytest.mark.parametrize("are_spent", [False, True])
def test_in_quiet_hours_it_waits_and_comes_afterwards_while_the_stars_are_there(
    club: Club, listening: Ear, are_spent: bool
) -> None:
    listening.wants("stars_expiring", channels=("push",))
    weekend(listening)
    follow(club)
    listening.carry(SATURDAY)
    assert listening.heard() == ([], [])
    if are_spent:
        assert club.redeem().status_code == 201

    listening.carry(MONDAY)

    assert listening.heard() == ([] if are_spent else [TITLE], [])
    assert [each.outcome for each in listening.notifications()] == ["dropped" if are_spent else "told"]


def test_a_push_service_keeps_it_no_longer_than_the_stars_live(club: Club, listening: Ear) -> None:
    listening.wants("stars_expiring", channels=("push",))
    expires_at = datetime.fromisoformat(club.lots()[0]["expires_at"])
    follow(club)

    listening.carry(expires_at - timedelta(minutes=10))

    (entry,) = club.client.get("/demo/push.json").json["data"]
    assert (entry["ttl_seconds"], entry["urgency"]) == (600, "normal")
