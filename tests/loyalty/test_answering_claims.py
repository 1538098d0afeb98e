"""Answering claims: not with stars that a pickup still gives."""

from __future__ import annotations

from .club import Club
from .test_sharing import answer_as_operator


def test_an_order_that_is_not_over_gives_its_stars_at_its_pickup_alone(club: Club) -> None:
    order = club.shop.placed()
    claim = club.send("POST", "/claims", json={"receipt": order["id"]}).json["id"]

    refused = answer_as_operator(club, claim, 8)

    assert (refused.status_code, refused.json["type"], club.stars()) == (409, "/problems/claim-of-open-order", 0)
    for to in ("fired", "ready", "picked_up"):
        assert club.shop.move(order["id"], to).status_code == 200
    assert club.stars() == 8
    assert answer_as_operator(club, claim, 0).json["state"] == "refused"
    club.expect_whole()


def test_of_an_order_that_ended_without_a_pickup_staff_may_give_some(club: Club) -> None:
    order = club.shop.placed()
    claim = club.send("POST", "/claims", json={"receipt": order["id"]}).json["id"]
    assert club.shop.move(order["id"], "rejected", reason="oven broke").status_code == 200

    assert answer_as_operator(club, claim, 8).json["state"] == "granted"
    assert club.stars() == 8
