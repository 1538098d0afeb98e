"""Leaving: the customer says what becomes of their stars, and still reads what stays theirs."""

from __future__ import annotations

from uuid import uuid4

from .club import Club


def test_who_leaves_says_what_becomes_of_the_stars(club: Club) -> None:
    club.earn(24)
    refused = club.send("DELETE")
    assert (refused.json["type"], refused.json["stars_left"]) == ("/problems/stars-left", 24)

    statement = club.send("DELETE", "?stars=redeem&reward=off-1").json
    assert (statement["stars"], len(statement["redemptions"]), statement["let_go"]) == (24, 2, 4)
    assert club.send("GET").json["type"] == "/problems/not-joined"
    club.join()
    assert (club.stars(), len(club.entries())) == (0, 4)  # what was stays readable
    club.expect_whole()


def test_stars_can_be_given_or_let_go_at_leaving(club: Club) -> None:
    club.earn(10)
    club.join(club.other)
    token = club.send("DELETE", "?stars=give").json["gift"]["token"]
    assert club.send("POST", "/gifts/acceptance", json={"token": token}, headers=club.other).status_code == 200
    assert club.stars(club.other) == 10

    assert club.send("DELETE", "?stars=pool", headers=club.other).status_code == 422
    assert club.send("DELETE", "?stars=let_go", headers=club.other).json["let_go"] == 10
    club.expect_whole()


def test_who_left_reads_what_stayed_theirs_and_orders_with_it(club: Club) -> None:
    club.earn(14)
    offered = club.send("POST", "/gifts", json={"stars": 4}).json["id"]
    claim = club.send("POST", "/claims", json={"receipt": str(uuid4())}).json["id"]
    (redemption,) = club.send("DELETE", "?stars=redeem&reward=off-1").json["redemptions"]

    for path, kept in (("/redemptions", redemption), ("/gifts", offered), ("/claims", claim)):
        assert [each["id"] for each in club.send("GET", path).json["data"]] == [kept]
    shown = club.send("GET", f"/redemptions/{redemption}").json
    assert (shown["state"], shown["next_actions"]) == ("held", [])  # it would give stars to nobody
    assert club.send("GET", "/gifts").json["data"][0]["next_actions"] == []
    assert club.send("GET", f"/redemptions/{redemption}", headers=club.other).status_code == 404

    quote = club.shop.quote(rewards=[{"redemption_id": redemption}]).json
    assert club.shop.place(quote["id"]).status_code == 201
    assert club.send("GET", f"/redemptions/{redemption}").json["state"] == "reserved"
    club.expect_whole()


def test_whoever_gets_the_stars_of_who_left_the_pool_reads_why(club: Club) -> None:
    club.join(club.other)
    pool = club.send("POST", "/pools", json={"name": "Us", "called": "Jo", "cap": 0}).json["id"]
    token = club.send("POST", f"/pools/{pool}/invitations").json["token"]
    club.send("POST", "/pools/acceptance", json={"token": token, "called": "Al", "cap": 0}, headers=club.other)
    club.earn(10)

    assert club.send("DELETE", "?stars=pool").json["pooled"] == 10

    for headers, told in ((club.headers, ("given", -10, "pool")), (club.other, ("received", 10, "pool"))):
        last = club.entries(headers)[-1]
        assert (last["kind"], last["stars"], last["reason"]) == told
    club.expect_whole()
