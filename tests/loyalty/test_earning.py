"""Stars for orders: available at pickup, once, and reversed as far as the order is given back."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from service import clock
from service.loyalty import actions
from service.loyalty.models import StarEntry, StarLot

from .club import Club


def test_a_picked_up_order_gives_its_stars_and_says_by_which_rules(club: Club) -> None:
    order = club.shop.placed(club.shop.line(), club.shop.line(club.shop.croissant))
    assert club.stars() == 0
    for to in ("fired", "in_preparation", "ready", "picked_up"):
        club.shop.move(order["id"], to)

    entries = club.entries()
    assert [(each["rule"], each["stars"], each["kind"]) for each in entries] == [
        ("base", 14, "earned"),  # 7.25 USD
        ("oven", 5, "earned"),
    ]
    assert {(each["order_id"], each["programme_version"]) for each in entries} == {(order["id"], 1)}
    assert entries[0]["label"] == "2 stars a dollar"
    assert (club.stars(), club.show()["tier"]["qualifying_stars"]) == (19, 19)
    club.expect_whole()


def test_who_is_no_member_earns_nothing_and_orders_all_the_same(club: Club) -> None:
    shop = club.shop
    quote = shop.quote(headers=shop.other).json["id"]
    order = shop.place(quote, headers=shop.other).json
    for to in ("fired", "in_preparation", "ready", "picked_up"):
        assert shop.move(order["id"], to).status_code == 200

    club.join(shop.other)
    assert club.stars(shop.other) == 0


def test_a_promotion_gives_stars_to_who_opted_in_before_the_order(club: Club) -> None:
    club.shop.finished()
    assert club.stars() == 8
    assert club.send("PUT", "/promotions/white").json["promotions"][0]["opted_in_at"]
    club.shop.finished()

    assert (club.stars(), club.show()["tier"]["qualifying_stars"]) == (26, 16)
    assert club.send("DELETE", "/promotions/white").status_code == 204
    assert club.send("DELETE", "/promotions/white").status_code == 204  # as it was
    assert club.send("DELETE", "/promotions/nothing").status_code == 404
    assert club.send("PUT", "/promotions/nothing").status_code == 404


def test_an_order_earns_once_however_often_it_is_told(club: Club) -> None:
    order_id = club.earn(10)
    with club.app.database.writing() as session:
        again = actions.award(
            session,
            customer_id=club.customer_id(),
            order_id=order_id,
            basket=club.basket(500),
            now=clock.now(),
        )
    assert (again, club.stars()) == (0, 10)


def test_control_the_database_itself_refuses_a_second_award(club: Club) -> None:
    order_id = club.earn(10)
    row = sa.select(StarEntry.__table__).where(StarEntry.order_id == order_id)
    with club.app.database.writing() as session:
        entry = dict(session.execute(row).one()._mapping) | {"number": 99}
        with pytest.raises(IntegrityError):
            session.execute(sa.insert(StarEntry).values(entry))


def test_a_refund_reverses_in_proportion_and_all_together_everything(club: Club) -> None:
    order = club.shop.finished(club.shop.line(quantity=3))  # 12.00 USD
    assert club.stars() == 24

    club.shop.client.post(
        f"/v1/orders/{order['id']}/refunds",
        json={"reason": "Spilled", "lines": [{"position": 1, "quantity": 1}]},
        headers=club.shop.barista | {"Idempotency-Key": "one"},
    )
    assert (club.stars(), club.show()["tier"]["qualifying_stars"]) == (16, 16)
    club.shop.client.post(
        f"/v1/orders/{order['id']}/refunds",
        json={"reason": "All of it", "lines": [{"position": 1, "quantity": 2}]},
        headers=club.shop.barista | {"Idempotency-Key": "two"},
    )
    assert (club.stars(), club.show()["tier"]["qualifying_stars"]) == (0, 0)
    assert [each["stars"] for each in club.entries()] == [24, -8, -16]
    club.expect_whole()


def test_what_was_spent_is_owed_by_its_own_lot_and_settled_by_what_comes_back(club: Club) -> None:
    kept = club.earn(4, ago=timedelta(days=1))
    order_id = club.earn(12)
    lot = next(each for each in club.lots() if each["order_id"] == str(order_id))
    redemption = club.redeem(lots=[lot["id"]]).json

    assert club.refund(order_id, left=0) == 12
    assert club.refund(order_id, left=0) == 0
    assert club.stars() == 4  # of the other order, untouched

    club.send("POST", f"/redemptions/{redemption['id']}/cancellation")
    assert club.stars() == 4
    lots = {each["order_id"]: each for each in club.lots()}
    assert (lots[str(order_id)]["remaining"], lots[str(order_id)]["owed"]) == (0, 0)
    assert lots[str(kept)]["remaining"] == 4
    club.expect_whole()


def test_a_tier_reached_on_reversed_stars_is_not_kept(club: Club) -> None:
    order_id = club.earn(20)
    assert club.show()["tier"]["current"]["key"] == "lark"

    club.refund(order_id, left=18)

    tier = club.show()["tier"]
    assert (tier["current"]["key"], tier["next"]["missing"]) == ("chick", 2)


def test_qualifying_stars_count_for_twelve_months(club: Club) -> None:
    club.earn(20, ago=timedelta(days=200))
    with club.app.database.reading() as session:
        entry = session.scalars(sa.select(StarEntry)).one()
    from service.loyalty import queries

    def tier(after: timedelta) -> str:
        now = entry.happened_at + after
        with club.app.database.reading() as session:
            shown = queries.shown_member(session, customer_id=club.customer_id(), now=now)
        return str(shown["tier"]["current"]["key"])

    assert (tier(timedelta(days=364)), tier(timedelta(days=368))) == ("lark", "chick")


def test_nobody_changes_an_entry_or_makes_a_lot_hold_more_than_it_got(club: Club) -> None:
    club.earn(10)
    for statement in (
        "UPDATE loyalty_entries SET stars = 1000",
        "DELETE FROM loyalty_entries",
        "UPDATE loyalty_movements SET stars = 1000",
        "DELETE FROM loyalty_movements",
        "UPDATE loyalty_programmes SET version = 7",
        "DELETE FROM loyalty_programmes",
        "UPDATE loyalty_lots SET remaining = 11",
        "UPDATE loyalty_lots SET remaining = -1",
    ):
        with club.app.database.writing() as session, pytest.raises(IntegrityError):
            session.execute(sa.text(statement))


def test_forgetting_an_order_leaves_the_stars_and_not_whose_order_it_was(club: Club) -> None:
    order = club.shop.placed()["id"]
    club.send("POST", "/claims", json={"receipt": order, "note": "My oat latte of Tuesday"})
    order_id = club.earn(10)
    with club.app.database.writing() as session:
        for each in (order_id, UUID(order)):
            actions.forget_order(session, order_id=each)
        session.commit()

    with club.app.database.reading() as session:
        assert session.scalars(sa.select(StarLot.order_id)).all() == [None]
    (claim,) = club.send("GET", "/claims").json["data"]
    assert (claim["receipt"], claim["note"]) == (None, None)
    assert (club.entries()[0]["order_id"], club.stars()) == (None, 10)
    club.expect_whole()


def test_a_preview_is_what_is_posted(club: Club) -> None:
    from service.loyalty import queries

    basket = club.basket(1_275)
    with club.app.database.reading() as session:
        shown = queries.preview(session, customer_id=club.customer_id(), basket=basket)
        assert queries.preview(session, customer_id=UUID(int=0), basket=basket) is None
    assert shown is not None
    with club.app.database.writing() as session:
        given = actions.award(
            session, customer_id=club.customer_id(), order_id=UUID(int=1), basket=basket, now=clock.now()
        )
        session.commit()
    assert (shown.stars, given, club.stars()) == (25, 25, 25)
