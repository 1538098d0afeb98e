"""Stars of an order from its quote to its pickup: what is shown is what is posted, or a fact names the difference."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from service import events
from service.events import OutboxRow
from service.orders.actions.facts import OrderMoved

from .club import LONG_AGO, Club, programme


def both(club: Club) -> list[dict[str, Any]]:
    """Return a flat white and two croissants."""
    return [club.shop.line(), club.shop.line(club.shop.croissant, quantity=2)]


def pick_up(club: Club, order_id: str) -> None:
    """Move an order all the way."""
    for to in ("fired", "in_preparation", "ready", "picked_up"):
        assert club.shop.move(order_id, to).status_code == 200


def told_differences(club: Club) -> list[Any]:
    """Return the differences that facts named."""
    wanted = sa.select(OutboxRow.payload).where(OutboxRow.name == "StarsDiffered").order_by(OutboxRow.seq)
    with club.app.database.reading() as session:
        return [payload["differences"] for payload in session.scalars(wanted)]


def posted(club: Club) -> list[tuple[str, int, int]]:
    """Return what was earned, by rule: stars, and qualifying ones."""
    return [(each["rule"], each["stars"], each["qualifying_stars"]) for each in club.entries()]


def test_a_quote_shows_the_stars_of_each_rule_and_the_pickup_posts_them(club: Club) -> None:
    club.send("PUT", "/promotions/white")
    quote = club.shop.quote(*both(club)).json
    assert quote["stars"] == {
        "programme_version": 1,
        "stars": 41,
        "rules": [
            {"rule": "base", "label": "2 stars a dollar", "stars": 21, "qualifying_stars": 21},  # 10.50 USD
            {"rule": "oven", "label": "5 stars a bake", "stars": 10, "qualifying_stars": 10},
            {"rule": "white", "label": "Flat white month", "stars": 10, "qualifying_stars": 0},
        ],
    }
    order = club.shop.place(quote["id"]).json
    assert order["stars"] == quote["stars"] == club.shop.show(order["id"]).json["stars"]
    assert club.stars() == 0

    pick_up(club, order["id"])

    assert posted(club) == [("base", 21, 21), ("oven", 10, 10), ("white", 10, 0)]
    assert {(each["order_id"], each["programme_version"]) for each in club.entries()} == {(order["id"], 1)}
    assert (club.stars(), told_differences(club)) == (41, [])


def test_who_is_no_member_is_shown_no_stars(club: Club) -> None:
    quote = club.shop.quote(headers=club.other).json
    order = club.shop.place(quote["id"], headers=club.other).json

    assert "stars" not in quote
    assert "stars" not in order
    assert "stars" not in club.shop.quote(headers=club.shop.barista).json


def test_staff_are_not_shown_what_an_order_earns(club: Club) -> None:
    order = club.shop.placed()

    assert "stars" in order
    assert "stars" not in club.shop.show(order["id"], club.shop.barista).json


def test_worse_terms_after_the_quote_change_nothing_of_what_it_showed(club: Club) -> None:
    quote = club.shop.quote().json
    worse = programme(effective_on="2026-02-01")
    worse["accruals"] = [{**worse["accruals"][0], "stars": 1}]
    club.publish(worse, now=LONG_AGO)
    assert club.shop.quote().json["stars"] == quote["stars"] | {
        "programme_version": 2,
        "stars": 4,
        "rules": [quote["stars"]["rules"][0] | {"stars": 4, "qualifying_stars": 4}],
    }

    pick_up(club, club.shop.place(quote["id"]).json["id"])

    assert (posted(club), club.entries()[0]["programme_version"]) == ([("base", 8, 8)], 1)
    assert told_differences(club) == []


def test_a_promotion_left_after_ordering_still_gives_what_was_shown(club: Club) -> None:
    club.send("PUT", "/promotions/white")
    order = club.shop.placed()
    club.send("DELETE", "/promotions/white")

    pick_up(club, order["id"])

    assert posted(club) == [("base", 8, 8), ("white", 10, 0)]


def test_a_line_that_was_not_made_earns_nothing_and_the_difference_is_named(club: Club) -> None:
    order = club.shop.placed(*both(club), if_unavailable={"do": "refund_line"})
    assert club.shop.reject(order["id"], 2).status_code == 200

    pick_up(club, order["id"])

    assert posted(club) == [("base", 8, 8)]
    assert told_differences(club) == [
        [{"rule": "base", "shown": 21, "posted": 8}, {"rule": "oven", "shown": 10, "posted": 0}]
    ]


def test_who_left_meanwhile_is_told_that_nothing_was_posted(club: Club) -> None:
    order = club.shop.placed()
    assert club.send("DELETE").status_code == 200

    pick_up(club, order["id"])

    assert told_differences(club) == [[{"rule": "base", "shown": 8, "posted": 0}]]
    assert facts_that_name(club, order["id"]) == {"order"}


def facts_that_name(club: Club, order_id: str) -> set[str]:
    """Return of what the facts are that lead to an order: of anything else they would outlive its forgetting."""
    with club.app.database.reading() as session:
        facts = session.execute(sa.select(OutboxRow.subject, OutboxRow.subject_id, OutboxRow.payload)).all()
    return {fact.subject for fact in facts if order_id in f"{fact.subject_id} {fact.payload}"}


def test_a_pickup_that_is_told_again_posts_nothing_more(club: Club) -> None:
    order = club.shop.finished()
    with club.app.database.writing() as session:
        row = session.scalars(
            sa.select(OutboxRow).where(OutboxRow.name == "OrderMoved").order_by(OutboxRow.seq.desc())
        ).first()
        assert row is not None
        again = OrderMoved(subject_id=UUID(order["id"]), happened_at=row.happened_at, **_members(row.payload))
        events.record(session, again)
        session.commit()

    assert posted(club) == [("base", 8, 8)]


def _members(payload: dict[str, Any]) -> dict[str, Any]:
    return {**payload, "store_id": UUID(payload["store_id"])}


@pytest.mark.parametrize("ends", ["cancelled", "rejected"])
def test_an_order_that_is_not_picked_up_posts_nothing(club: Club, ends: str) -> None:
    order = club.shop.placed()
    answer = club.shop.cancel(order["id"]) if ends == "cancelled" else club.shop.move(order["id"], ends)
    assert answer.status_code == 200

    assert (club.entries(), club.stars()) == ([], 0)
