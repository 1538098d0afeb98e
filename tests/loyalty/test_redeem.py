"""Redeeming: which lots pay, what comes back, and that the last one is redeemed once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service import clock
from service.errors import NotFound
from service.loyalty import actions, queries
from service.loyalty.models import Redemption, RewardStock
from tests.factories import make_customer

from .club import Club

AT_ONCE = 50


def test_a_redemption_takes_what_expires_first_and_gives_it_back_to_its_lots(club: Club) -> None:
    old, new = club.earn(6, ago=timedelta(days=40)), club.earn(6)

    answer = club.redeem()

    assert (answer.status_code, answer.json["stars"], answer.json["state"]) == (201, 10, "held")
    left = {each["order_id"]: each["remaining"] for each in club.lots()}
    assert left == {str(old): 0, str(new): 2}
    path = f"/redemptions/{answer.json['id']}"
    assert club.send("POST", f"{path}/cancellation").json["state"] == "cancelled"
    assert {each["order_id"]: each["remaining"] for each in club.lots()} == {str(old): 6, str(new): 6}
    assert club.send("POST", f"{path}/cancellation").json["type"] == "/problems/redemption-over"
    club.expect_whole()


def test_the_customer_chooses_the_lots_and_sees_before_what_is_left_of_each(club: Club) -> None:
    club.earn(20, ago=timedelta(days=40))
    club.earn(12)
    newer = club.lots()[1]["id"]

    preview = club.send("POST", "/redemptions/preview", json={"reward": "off-1", "lots": [newer]}).json
    assert preview["lots"] == [{"lot_id": newer, "stars": 10, "remaining": 2}]
    assert (preview["available_after"], preview["tier_before"], preview["tier_after"]) == (22, "lark", "lark")
    assert club.stars() == 32

    club.redeem(lots=[newer])
    assert [each["remaining"] for each in club.lots()] == [20, 2]
    assert "lots.0" in club.redeem(lots=[str(uuid4())]).json["errors"]
    assert club.redeem(lots=[newer]).json["available"] == 2


def test_what_can_not_be_redeemed_is_refused(club: Club) -> None:
    assert club.redeem().json["type"] == "/problems/not-enough-stars"
    assert club.redeem("nothing").status_code == 404
    assert club.redeem(headers=club.other).json["type"] == "/problems/not-joined"
    assert club.client.post("/v1/me/loyalty/redemptions", json={"reward": "off-1"}).status_code == 401


def test_rewards_are_the_same_for_everyone_and_say_how_many_are_left(club: Club) -> None:
    club.earn(10)
    anonymous = club.client.get("/v1/rewards").json

    assert [(each["key"], each["stars"], each["left"]) for each in anonymous["data"]] == [
        ("last", 5, 1),
        ("off-1", 10, None),
    ]
    assert club.client.get("/v1/rewards", headers=club.headers).json == anonymous
    club.redeem("last")
    assert club.client.get("/v1/rewards").json["data"][0]["left"] == 0
    assert club.redeem("last").json["type"] == "/problems/rewards-gone"
    club.expect_whole()


def all_at_once(club: Club, session: Session) -> Counter[str]:
    """Let as many members redeem the last one at once, each on a connection of their own."""
    people = [make_customer(session).id for _ in range(AT_ONCE)]
    now = clock.now()
    for customer_id in people:
        actions.join(session, customer_id=customer_id, now=now)
        actions.give_stars(session, customer_id=customer_id, stars=5, rule="remedy", now=now)
    session.commit()
    start = Barrier(10)

    def one(index: int) -> str:
        if index < 10:
            start.wait(10)
        with club.app.database.writing() as own:
            try:
                actions.redeem(
                    own, customer_id=people[index], reward="last", lots=None, from_pool=False, now=clock.now()
                )
                own.commit()
            except Exception as error:  # noqa: BLE001 - what ended it is what is counted
                return type(error).__name__
        return "redeemed"

    with ThreadPoolExecutor(10) as threads:
        return Counter(threads.map(one, range(AT_ONCE)))


def test_of_fifty_who_redeem_the_last_one_at_once_one_gets_it(club: Club, session: Session) -> None:
    assert all_at_once(club, session) == {"redeemed": 1, "RewardsGone": AT_ONCE - 1}
    club.expect_whole()


@pytest.mark.broken_on_purpose
def test_control_who_looks_first_and_writes_later_gives_the_last_one_twice(
    club: Club, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken away: the audit tells."""
    together = Barrier(2)

    def naive(own: Session, reward: str) -> bool:
        left = own.scalar(sa.select(RewardStock.units_left).where(RewardStock.reward_key == reward)) or 0
        if club.app.database.is_postgresql:
            together.wait(10)
        own.execute(sa.update(RewardStock).values(units_left=max(0, left - 1)))
        return True

    monkeypatch.setattr(import_module("service.loyalty.actions.redeem"), "take_one", naive)
    people = [make_customer(session).id for _ in range(2)]
    for customer_id in people:
        actions.join(session, customer_id=customer_id, now=clock.now())
        actions.give_stars(session, customer_id=customer_id, stars=5, rule="remedy", now=clock.now())
    session.commit()

    def one(customer_id: Any) -> None:
        with club.app.database.writing() as own:
            actions.redeem(own, customer_id=customer_id, reward="last", lots=None, from_pool=False, now=clock.now())
            own.commit()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(one, people))

    with club.app.database.reading() as own:
        assert own.scalar(sa.select(sa.func.count()).select_from(Redemption)) == 2
        assert any("reward last" in fault for fault in queries.audit(own))


def test_an_order_reserves_uses_and_returns_a_reward(club: Club) -> None:
    club.earn(10)
    redemption_id, order_id = club.redeem().json["id"], uuid4()
    mine = club.customer_id()
    with club.app.database.writing() as session:
        with pytest.raises(NotFound):
            actions.reserve_reward(
                session, customer_id=club.customer_id(club.other), redemption_id=UUID(redemption_id), order_id=order_id
            )
        reward = actions.reserve_reward(session, customer_id=mine, redemption_id=UUID(redemption_id), order_id=order_id)
        assert reward["amounts"] == [{"amount_minor": 100, "currency": "USD"}]
        session.commit()
    cancel = f"/redemptions/{redemption_id}/cancellation"
    assert club.send("POST", cancel).json["state"] == "reserved"
    with club.app.database.writing() as session:
        actions.use_rewards(session, order_id=order_id, now=clock.now())
        session.commit()
    assert club.send("GET", f"/redemptions/{redemption_id}").json["state"] == "used"
    with club.app.database.writing() as session:
        actions.return_rewards(session, order_id=order_id, now=clock.now())
        actions.return_rewards(session, order_id=order_id, now=clock.now())
        session.commit()
    assert (club.send("GET", f"/redemptions/{redemption_id}").json["state"], club.stars()) == ("cancelled", 10)
    club.expect_whole()


def test_stars_that_come_back_late_live_for_the_grace_days(club: Club) -> None:
    club.earn(10, ago=timedelta(days=170))
    redemption_id, order_id = club.redeem().json["id"], uuid4()
    later = clock.now() + timedelta(days=60)
    with club.app.database.writing() as session:
        actions.reserve_reward(
            session, customer_id=club.customer_id(), redemption_id=UUID(redemption_id), order_id=order_id
        )
        actions.return_rewards(session, order_id=order_id, now=later)
        session.commit()

    with club.app.database.reading() as session:
        (lot,) = queries.lots_of(session, member_ids=[club.member().id])
    assert lot.remaining == 10
    assert lot.expires_at is not None
    assert timedelta(days=14) <= lot.expires_at - later <= timedelta(days=15, hours=2)
