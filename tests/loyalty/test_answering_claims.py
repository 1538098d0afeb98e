"""Answering claims: not with stars that a pickup still gives, and never one's own."""

from __future__ import annotations

from uuid import uuid4

from tests.factories import make_operator, sign_in_as

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


def test_nobody_answers_what_they_claimed_themselves(club: Club) -> None:
    operator = sign_in_as(club.app, make_operator(club.session))
    club.join(operator)
    claim = club.send("POST", "/claims", json={"receipt": str(uuid4())}, headers=operator).json["id"]
    keyed = operator | {"Idempotency-Key": str(uuid4())}

    path = f"/v1/loyalty/claims/{claim}/answer"
    refused = club.client.post(path, json={"stars": 8, "answer": "Mine"}, headers=keyed)

    assert (refused.status_code, refused.json["type"], club.stars(operator)) == (403, "/problems/own-claim", 0)
    assert answer_as_operator(club, claim, 8).json["state"] == "granted"
