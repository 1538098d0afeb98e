"""Stars of open orders are shown beside what was earned: what each quote showed, until the pickup posts it."""

from __future__ import annotations

from typing import Any

from tests.counting import counted
from tests.factories import make_customer, sign_in_as

from .club import URL, Club
from .test_ordering import both, pick_up


def placed(club: Club, *lines: dict[str, Any]) -> dict[str, Any]:
    """Place an order."""
    answer = club.shop.place(club.shop.quote(*lines).json["id"])
    assert answer.status_code == 201, answer.text
    order: dict[str, Any] = answer.json
    return order


def test_what_open_orders_will_earn_is_shown_until_the_pickup_posts_it(club: Club) -> None:
    club.send("PUT", "/promotions/white")
    first, second = placed(club, *both(club)), placed(club)

    shown = club.show()

    assert shown["open_orders"] == [
        {"order_id": second["id"], **second["stars"]},
        {"order_id": first["id"], **first["stars"]},
    ]
    assert shown["stars"] == {"available": 0, "pending": 0, "in_open_orders": 41 + 18}
    pick_up(club, first["id"])
    shown = club.show()
    assert [each["order_id"] for each in shown["open_orders"]] == [second["id"]]
    assert shown["stars"] == {"available": 41, "pending": 0, "in_open_orders": 18}


def test_an_order_that_ends_otherwise_is_shown_no_more_and_one_that_is_changed_as_it_is_now(club: Club) -> None:
    kept, dropped = placed(club), placed(club)
    quote = club.shop.quote(club.shop.line(quantity=3), replaces_order_id=kept["id"]).json

    assert club.shop.change(kept["id"], quote["id"]).status_code == 200
    assert club.shop.cancel(dropped["id"]).status_code == 200

    assert club.show()["open_orders"] == [{"order_id": kept["id"], **quote["stars"]}]


def test_what_is_shown_has_another_version_with_each_open_order(club: Club) -> None:
    def tag() -> str:
        return str(club.send("GET").headers["ETag"])

    before = tag()
    order = placed(club)
    open_tag = tag()
    assert open_tag != before
    same = club.client.get(URL, headers=club.headers | {"If-None-Match": open_tag})
    assert same.status_code == 304
    assert club.shop.cancel(order["id"]).status_code == 200
    assert tag() not in {open_tag}


def test_nobody_is_shown_anothers_open_orders_and_who_has_none_is_shown_the_same_as_others(club: Club) -> None:
    placed(club)
    club.join(club.other)
    third = sign_in_as(club.app, make_customer(club.session))
    club.join(third)

    shown, alike = club.show(club.other), club.show(third)

    assert (shown["open_orders"], shown["stars"]["in_open_orders"]) == ([], 0)
    assert shown | {"joined_at": None} == alike | {"joined_at": None}


def test_an_order_from_before_joining_is_no_open_order_of_a_member(club: Club) -> None:
    order = club.shop.place(club.shop.quote(headers=club.other).json["id"], headers=club.other)
    assert order.status_code == 201
    club.join(club.other)
    assert club.show(club.other)["open_orders"] == []  # nothing was shown


def test_more_open_orders_cost_no_more_statements(club: Club) -> None:
    club.show()
    with counted(club.app) as without:
        club.show()
    for _ in range(3):
        placed(club)
    with counted(club.app) as with_three:
        club.show()
    assert len(with_three) == len(without)
