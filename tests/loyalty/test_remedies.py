"""Stars for a missed promise: chosen before, shown in the quote, given once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from service import clock
from service.loyalty import actions
from service.orders.models import Order, OrderAsk
from service.orders.rules.aftermath import time_within
from tests.orders.test_reject_lines import soon

from .club import Club


def ready_late(club: Club, **basket: Any) -> str:
    """Place an order, and let it be ready after its window; return its id."""
    quote = club.shop.quote(**basket)
    order = club.shop.place(quote.json["id"], headers=basket.get("headers")).json
    long_ago = datetime(2026, 1, 3, 12, tzinfo=UTC)
    with club.app.database.writing() as session:
        ends = long_ago.replace(hour=13)
        session.execute(sa.update(Order).values(window_starts_at=long_ago, window_ends_at=ends))
        session.commit()
    for to in ("fired", "in_preparation", "ready"):
        assert club.shop.move(order["id"], to).status_code == 200
    return str(order["id"])


def test_a_missed_promise_gives_the_stars_that_the_quote_showed_once(club: Club) -> None:
    assert club.shop.quote(remedy="stars").json["remedy"] == {
        "kind": "stars",
        "source": {"kind": "customer_choice"},
        "stars": 7,
    }
    order_id = ready_late(club, remedy="stars")
    for to in ("in_preparation", "ready"):  # recalled: it was late once
        club.shop.move(order_id, to)

    (entry,) = club.entries()
    assert (entry["kind"], entry["stars"], entry["rule"], entry["order_id"]) == ("granted", 7, "remedy", order_id)
    assert (entry["reason"], entry["programme_version"], entry["qualifying_stars"]) == ("A missed promise", 1, 0)
    assert club.stars() == 7
    with club.app.database.writing() as session:
        told_again = actions.give_stars(
            session,
            customer_id=club.customer_id(),
            stars=7,
            rule="remedy",
            order_id=UUID(order_id),
            now=clock.now(),
        )
    assert told_again == 0
    club.expect_whole()


def test_who_chose_something_else_is_given_no_stars(club: Club) -> None:
    ready_late(club, remedy="apology")

    assert club.entries() == []


def test_who_makes_their_own_order_late_is_given_nothing_for_it(club: Club) -> None:
    club.join(club.shop.barista)
    mine = {"remedy": "stars", "headers": club.shop.barista}
    ready_late(club, **mine)
    assert club.entries(club.shop.barista) == []


@pytest.mark.parametrize(("waited", "outcome", "stars"), [(40, "kept", 0), (10, "missed", 7)])
def test_who_lets_the_store_wait_for_an_answer_is_not_made_good_for_that(
    club: Club, waited: int, outcome: str, stars: int
) -> None:
    shop = club.shop
    ask = {"do": "ask", "answer_minutes": 120}
    order = shop.placed(shop.line(if_unavailable=ask), shop.line(shop.croissant), remedy="stars", pickup=soon())
    shop.move(order["id"], "fired")
    shop.reject(order["id"], 1)
    now = clock.now()
    with club.app.database.writing.begin() as session:  # its window ended 20 minutes ago
        ago = {minutes: now - timedelta(minutes=minutes) for minutes in (20, 25, 60, waited)}
        session.execute(sa.update(Order).values(window_starts_at=ago[25], window_ends_at=ago[20], fired_at=ago[60]))
        session.execute(sa.update(OrderAsk).values(asked_at=ago[waited]))

    assert shop.answer(order["id"], 1, "refund_line").status_code == 200
    shop.move(order["id"], "ready")

    assert shop.show(order["id"]).json["promise"]["outcome"] == outcome
    assert club.stars() == stars


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50))))
def test_time_that_several_questions_share_counts_once(spans: list[tuple[int, int]]) -> None:
    zero = datetime(2026, 1, 3, tzinfo=UTC)
    at = [(zero + timedelta(minutes=begins), zero + timedelta(minutes=begins + length)) for begins, length in spans]
    found = time_within(at, since=zero + timedelta(minutes=10), until=zero + timedelta(minutes=60))
    minutes = {minute for begins, length in spans for minute in range(begins, begins + length) if 10 <= minute < 60}
    assert found == timedelta(minutes=len(minutes))


def test_who_is_no_member_cant_choose_stars(club: Club) -> None:
    answer = club.shop.quote(remedy="stars", headers=club.other)

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["remedy"])


def test_who_says_stars_for_every_order_and_is_no_member_is_shown_none(club: Club) -> None:
    said = club.client.put(
        "/v1/me/preferences/remedy", json={"value": {"kind": "stars"}}, headers=club.other | {"If-Match": '"0"'}
    )
    assert said.status_code == 200
    remedy = club.shop.quote(headers=club.other).json["remedy"]

    assert (remedy["kind"], remedy["stars"], remedy["source"]["kind"]) == ("stars", 0, "customer_rule")
