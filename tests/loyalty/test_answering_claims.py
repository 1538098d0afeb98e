"""Answering claims: not with stars that a pickup still gives, and never one's own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from service.loyalty.actions import claims
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


def test_a_pickup_between_two_looks_of_the_answer_gives_the_stars_once(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not club.app.database.is_postgresql:
        pytest.skip("SQLite has one writer at a time")
    club.join(club.other)
    order = club.shop.placed()
    claim = club.send("POST", "/claims", json={"receipt": order["id"]}, headers=club.other).json["id"]
    for to in ("fired", "ready"):
        club.shop.move(order["id"], to)
    looks: list[Any] = []
    for name in ("has_earned", "_find"):
        real = getattr(claims, name)
        monkeypatch.setattr(claims, name, picked_up_after(club, order["id"], real, looks))

    answered = answer_as_operator(club, claim, 8)

    assert len(looks) > 0
    assert answered.json["type"] in {"/problems/claim-of-open-order", "/problems/already-claimed"}
    assert (club.stars(), club.stars(club.other)) == (8, 0)


def picked_up_after(club: Club, order_id: str, look: Callable[..., Any], looks: list[Any]) -> Callable[..., Any]:
    """Return the look, after the first one of which somebody else hands the order over."""

    def looked(*args: Any, **kwargs: Any) -> Any:
        found = look(*args, **kwargs)
        looks.append(found)
        if len(looks) == 1:
            with ThreadPoolExecutor(1) as elsewhere:
                assert elsewhere.submit(club.shop.move, order_id, "picked_up").result(20).status_code == 200
        return found

    return looked


def test_nobody_answers_what_they_claimed_themselves(club: Club) -> None:
    operator = sign_in_as(club.app, make_operator(club.session))
    club.join(operator)
    claim = club.send("POST", "/claims", json={"receipt": str(uuid4())}, headers=operator).json["id"]
    keyed = operator | {"Idempotency-Key": str(uuid4())}

    path = f"/v1/loyalty/claims/{claim}/answer"
    refused = club.client.post(path, json={"stars": 8, "answer": "Mine"}, headers=keyed)

    assert (refused.status_code, refused.json["type"], club.stars(operator)) == (403, "/problems/own-claim", 0)
    assert answer_as_operator(club, claim, 8).json["state"] == "granted"
