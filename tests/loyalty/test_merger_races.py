"""Mergers at once with one another, and with whatever else moves stars: one after the other, whichever comes first."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from service import clock
from service.loyalty import actions
from service.loyalty.errors import NotJoined
from tests.factories import make_customer, sign_in_as

from .club import Club
from .merging import Two


def somebody(club: Club) -> dict[str, str]:
    """Let somebody new join; return their headers."""
    headers = sign_in_as(club.app, make_customer(club.session))
    club.join(headers)
    return headers


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all of them at once; return what came of each."""
    start = Barrier(len(acts))

    def one(act: Callable[[], Any]) -> Any:
        start.wait(10)
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(one, acts))


def test_of_two_mergers_that_cross_one_is_made(club: Club) -> None:
    two = Two(club)
    for _ in range(3):
        two.old, two.new = somebody(club), somebody(club)
        club.earn(6, headers=two.old)
        club.earn(4, headers=two.new)
        there, back = two.consent(two.old), two.consent(two.new)

        answers = at_once(lambda: two.redeem(there, two.new), lambda: two.redeem(back, two.old))  # noqa: B023

        assert sorted(answer.status_code for answer in answers) == [201, 409]
        left = [who for who in (two.old, two.new) if club.send("GET", headers=who).status_code == 200]
        assert [club.stars(who) for who in left] == [10]
    club.expect_whole()


def test_of_many_with_one_token_one_gets_the_stars(club: Club) -> None:
    club.earn(10)
    two = Two(club)
    token, people = two.consent(), [two.new, *(somebody(club) for _ in range(5))]

    answers = at_once(*[lambda who=who: two.redeem(token, who) for who in people])  # type: ignore[misc]

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 5}
    assert sorted(club.stars(who) for who in people) == [0, 0, 0, 0, 0, 10]
    club.expect_whole()


class Meanwhile:
    """An account with 20 stars of one order and a reward redeemed for 10 of another, and what may happen to it."""

    def __init__(self, club: Club) -> None:
        self.club, self.headers = club, somebody(club)
        self.customer_id = club.customer_id(self.headers)
        self.order_id, self.in_order = club.earn(20, headers=self.headers), uuid4()
        club.earn(10, headers=self.headers)
        first, _ = club.send("GET", "/lots", headers=self.headers).json["data"]
        self.redemption = UUID(club.redeem(headers=self.headers, lots=[first["id"]]).json["id"])
        self.ordered_at = clock.now()

    def redeem(self, session: Session) -> None:
        """Redeem: 10 stars less, unless the membership is gone."""
        try:
            mine = {"customer_id": self.customer_id, "now": clock.now()}
            actions.redeem(session, reward="off-1", lots=None, from_pool=False, **mine)
        except NotJoined:
            session.rollback()

    def refund(self, session: Session) -> None:
        """Give the whole order back: 20 stars less."""
        basket = self.club.basket(0)
        assert actions.reverse(session, order_id=self.order_id, basket=basket, now=clock.now()) == 20

    def award(self, session: Session) -> None:
        """Let an order that was open be picked up: 6 stars more."""
        basket = self.club.basket(300, at=self.ordered_at)
        order = {"customer_id": self.customer_id, "order_id": uuid4(), "basket": basket}
        assert actions.award(session, now=clock.now(), **order) == 6

    def give_back(self, session: Session) -> None:
        """Let the order end that the reward stands in: 10 stars more."""
        actions.return_rewards(session, order_id=self.in_order, now=clock.now())

    def put_into_order(self) -> None:
        """Let the reward stand in an order."""
        with self.club.app.database.writing.begin() as session:
            mine = {"customer_id": self.customer_id, "redemption_id": self.redemption}
            actions.reserve_reward(session, order_id=self.in_order, **mine)


@pytest.fixture
def acts(club: Club) -> Iterator[tuple[Meanwhile, Callable[[Session], None], set[int]]]:
    """Each act with an account of its own, and how many stars the one that stays may have after it."""

    def each() -> Iterator[tuple[Meanwhile, Callable[[Session], None], set[int]]]:
        for name, stars in (("redeem", {10, 20}), ("refund", {0}), ("award", {26}), ("give_back", {30})):
            meanwhile = Meanwhile(club)
            if name == "give_back":
                meanwhile.put_into_order()
            yield meanwhile, getattr(meanwhile, name), stars

    return each()


@pytest.mark.parametrize("first", ["merger", "other"])
def test_whatever_else_happens_while_two_accounts_are_merged_happens_before_or_after(
    club: Club, acts: Iterator[tuple[Meanwhile, Callable[[Session], None], set[int]]], first: str
) -> None:
    database, two = club.app.database, Two(club)
    for meanwhile, act, stars in acts:
        two.old, two.new = meanwhile.headers, somebody(club)
        token, stays = two.consent(), club.customer_id(two.new)

        def merge(session: Session) -> None:
            actions.merge(session, customer_id=stays, token=token, now=clock.now())  # noqa: B023

        def run(step: Callable[[Session], None]) -> None:
            with database.writing() as session:
                step(session)
                session.commit()

        one, other = (merge, act) if first == "merger" else (act, merge)
        with ThreadPoolExecutor(1) as threads, database.writing() as session:
            one(session)
            session.flush()
            waiting = threads.submit(run, other)
            time.sleep(0.2)  # it has looked at whose the stars are, and waits for them
            session.commit()
            waiting.result()

        assert club.stars(two.new) in stars, act.__name__
        club.expect_whole()
