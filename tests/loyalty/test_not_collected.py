"""Rewards in orders that nobody collects: their stars come back, unless what was made for them can still be had."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from service import clock
from service.loyalty.models import Redemption
from service.worker import Worker

from .club import Club
from .test_rewards_in_orders import off, state


@pytest.fixture
def redeemed(club: Club) -> str:
    """A dollar off that all stars were redeemed for."""
    club.earn(10)
    return str(club.redeem().json["id"])


def not_collected(club: Club, redeemed: str, choice: str) -> str:
    """Let an order with the reward stand ready until nobody came for it in time; return its id."""
    quote = off(club, rewards=[{"redemption_id": redeemed}], pickup={"if_not_collected": choice}).json
    order_id: str = club.shop.place(quote["id"]).json["id"]
    club.shop.move(order_id, "fired")
    stands_ready(club, order_id)
    return order_id


def stands_ready(club: Club, order_id: str) -> None:
    """Let it stand ready until nobody came for it in time."""
    assert club.shop.move(order_id, "ready").status_code == 200
    club.shop.follow_up(clock.now() + timedelta(minutes=31))


def test_who_chose_that_it_ends_then_gets_the_stars_back(club: Club, redeemed: str) -> None:
    order_id = not_collected(club, redeemed, "cancel")

    assert club.shop.show(order_id).json["state"] == "no_show"
    assert (state(club, redeemed)[0], club.stars()) == ("cancelled", 10)
    club.expect_whole()


def test_where_it_can_be_made_once_more_the_reward_is_used_until_nobody_comes_again(club: Club, redeemed: str) -> None:
    order_id = not_collected(club, redeemed, "remake_once")
    assert (state(club, redeemed)[0], club.stars()) == ("used", 0)

    assert club.shop.remake(order_id).status_code == 200
    assert (state(club, redeemed)[0], club.stars()) == ("used", 0)
    stands_ready(club, order_id)

    assert club.shop.show(order_id).json["state"] == "no_show"
    assert (state(club, redeemed)[0], club.stars()) == ("cancelled", 10)
    club.expect_whole()


def test_what_is_collected_when_it_was_made_once_more_has_used_it(club: Club, redeemed: str) -> None:
    order_id = not_collected(club, redeemed, "remake_once")
    club.shop.remake(order_id)
    for to in ("ready", "picked_up"):
        assert club.shop.move(order_id, to).status_code == 200

    assert state(club, redeemed) == ("used", order_id)
    club.expect_whole()


@pytest.mark.parametrize("choice", ["hold", "cancel", "remake_once"])
def test_its_order_is_forgotten_as_any_other(club: Club, redeemed: str, choice: str) -> None:
    said = {"value": {"days": 1}}
    path, first = "/v1/me/preferences/retention", club.headers | {"If-Match": '"0"'}
    assert club.client.put(path, json=said, headers=first).status_code == 200
    not_collected(club, redeemed, choice)
    club.shop.follow_up(clock.now() + timedelta(days=1))

    Worker(club.app.database, {}).carry_and_forget(clock.now() + timedelta(days=3))

    with club.app.database.reading() as session:
        assert session.scalars(sa.select(Redemption.order_id)).all() == [None]
    club.expect_whole()
