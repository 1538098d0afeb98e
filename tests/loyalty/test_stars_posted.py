"""What became of the stars that an order showed stands on it and its receipt: posted at the pickup or for a claim,
taken back since."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from service import clock
from service.accounts.models import Person
from service.loyalty import queries
from service.worker import Worker
from tests.counting import counted
from tests.factories import make_customer, make_grant, make_guest, sign_in_as

from .club import Club
from .merging import Two
from .test_ordering import both, pick_up
from .test_sharing import answer_as_operator


def posted(club: Club, order_id: str, headers: dict[str, str] | None = None) -> Any:
    """Return what an order, its receipt and the list of orders say alike; None for nothing."""
    headers = headers or club.headers
    order = club.shop.show(order_id, headers).json
    listed = club.client.get("/v1/me/orders", headers=headers).json["data"]
    feed = club.client.get("/v1/me/orders/changes", headers=headers).json["data"]
    receipt = club.client.get(f"/v1/orders/{order_id}/receipt", headers=headers).json["order"]
    said = [each.get("stars_posted") for each in (order, receipt, *listed, *feed) if each["id"] == order_id]
    assert len(said) == 4
    assert all(each == said[0] for each in said)
    return said[0]


def rule(name: str, label: str, shown: int, posted: int, taken: int = 0) -> dict[str, Any]:
    """Return what is said of one rule."""
    return {"rule": name, "label": label, "shown": shown, "posted": posted, "reversed": taken}


def base(shown: int, posted: int, taken: int = 0) -> dict[str, Any]:
    """Return what is said of the stars for money."""
    return rule("base", "2 stars a dollar", shown, posted, taken)


def page(club: Club, order_id: str) -> str:
    """Return the receipt as its customer reads it, in one line."""
    path = f"/v1/orders/{order_id}/receipt"
    return " ".join(club.client.get(path, headers=club.headers | {"Accept": "text/html"}).text.split())


def tag(club: Club, path: str) -> str:
    """Return the version of what is there."""
    return str(club.client.get(path, headers=club.headers).headers["ETag"])


def test_an_order_says_nothing_of_posted_stars_before_its_pickup_and_then_what_was_posted(club: Club) -> None:
    order = club.shop.placed()
    assert posted(club, order["id"]) is None
    assert "Stars" not in page(club, order["id"])

    pick_up(club, order["id"])

    assert posted(club, order["id"]) == {
        "shown": 8,
        "posted": 8,
        "reversed": 0,
        "differs": False,
        "rules": [base(8, 8)],
    }
    shown = page(club, order["id"])
    assert "2 stars a dollar" in shown
    assert "Not as shown" not in shown
    assert "Taken back" not in shown


def test_an_order_that_earned_other_than_was_shown_says_both_and_the_receipt_in_plain_words(club: Club) -> None:
    order = club.shop.placed(*both(club), if_unavailable={"do": "refund_line"})
    assert club.shop.reject(order["id"], 2).status_code == 200

    pick_up(club, order["id"])

    assert posted(club, order["id"]) == {
        "shown": 31,
        "posted": 8,
        "reversed": 0,
        "differs": True,
        "rules": [base(21, 8), rule("oven", "5 stars a bake", 10, 0)],
    }
    assert club.shop.show(order["id"]).json["stars"] == order["stars"]  # the preview that it was
    assert "Not as shown: your order showed 31 stars, and 8 were posted." in page(club, order["id"])


def test_who_left_before_the_pickup_reads_that_nothing_was_posted_and_what_a_claim_gave_since(club: Club) -> None:
    order = club.shop.placed()
    club.send("DELETE")
    pick_up(club, order["id"])
    path = f"/v1/orders/{order['id']}"
    before = [tag(club, path), tag(club, f"{path}/receipt")]
    assert posted(club, order["id"])["rules"] == [base(8, 0)]
    assert "Not as shown: your order showed 8 stars, and 0 were posted." in page(club, order["id"])
    club.join()

    assert club.send("POST", "/claims", json={"receipt": order["id"]}).json["state"] == "granted"

    said = posted(club, order["id"])
    assert (said["posted"], said["differs"], said["rules"]) == (8, False, [base(8, 8)])
    assert "Not as shown" not in page(club, order["id"])
    after = [tag(club, path), tag(club, f"{path}/receipt")]
    assert all(old != new for old, new in zip(before, after, strict=True))


def test_what_staff_gave_for_a_claim_stands_beside_the_rules(club: Club) -> None:
    order = club.shop.placed()
    club.send("DELETE")
    pick_up(club, order["id"])
    assert club.shop.refund(order["id"], lines=[{"position": 1, "quantity": 1}]).status_code == 201
    club.join()
    claim = club.send("POST", "/claims", json={"receipt": order["id"]}).json
    assert claim["state"] == "open"

    assert answer_as_operator(club, claim["id"], 5).json["state"] == "granted"

    said = posted(club, order["id"])
    assert (said["shown"], said["posted"]) == (8, 5)
    assert said["rules"] == [base(8, 0), rule("claim", "Given for your claim", 0, 5)]


def test_stars_that_a_refund_takes_back_are_said_beside_those_that_were_posted(club: Club) -> None:
    order = club.shop.placed(*both(club))
    pick_up(club, order["id"])
    assert club.shop.refund(order["id"], lines=[{"position": 2, "quantity": 1}]).status_code == 201

    said = posted(club, order["id"])

    taken = 31 - club.stars()
    assert (said["shown"], said["posted"], said["reversed"], said["differs"]) == (31, 31, taken, False)
    assert said["rules"][1] == rule("oven", "5 stars a bake", 10, 10, 5)
    assert f"{taken} of the 31 posted stars were taken back since" in page(club, order["id"])


def test_what_was_spent_before_the_refund_is_taken_back_too(club: Club) -> None:
    order = club.shop.placed(*both(club))
    pick_up(club, order["id"])
    assert club.redeem().status_code == 201
    assert club.redeem().status_code == 201
    assert club.redeem().status_code == 201
    refund = [{"position": 1, "quantity": 1}, {"position": 2, "quantity": 2}]

    assert club.shop.refund(order["id"], lines=refund).status_code == 201

    assert posted(club, order["id"])["reversed"] == 31


def test_an_order_that_was_not_picked_up_says_nothing_of_posted_stars(club: Club) -> None:
    order = club.shop.placed()
    assert club.shop.cancel(order["id"]).status_code == 200

    assert posted(club, order["id"]) is None


def test_who_joined_after_ordering_reads_what_was_posted_though_nothing_was_shown(club: Club) -> None:
    club.send("DELETE")
    order = club.shop.placed()
    club.join()

    pick_up(club, order["id"])

    said = posted(club, order["id"])
    assert (said["rules"], said["differs"]) == ([base(0, 8)], True)


def test_who_is_no_member_reads_nothing_of_stars(club: Club) -> None:
    order = club.shop.place(club.shop.quote(headers=club.other).json["id"], headers=club.other).json
    pick_up(club, order["id"])

    assert posted(club, order["id"], club.other) is None


def test_a_guest_reads_nothing_of_stars_that_somebody_claimed_for_their_receipt(club: Club) -> None:
    guest = sign_in_as(club.app, make_guest(club.session))
    order = club.shop.place(club.shop.quote(headers=guest).json["id"], headers=guest).json
    pick_up(club, order["id"])
    claimed = club.send("POST", "/claims", json={"receipt": order["id"]}).json
    assert (claimed["state"], claimed["stars"]) == ("granted", 8)

    assert posted(club, order["id"], guest) is None


def test_neither_staff_nor_who_acts_for_the_customer_reads_posted_stars(club: Club) -> None:
    holder = make_customer(club.session)
    grant = make_grant(club.session, club.session.get_one(Person, club.customer_id()), holder)
    under = sign_in_as(club.app, holder) | {"Acting-Under": str(grant.id)}
    order = club.shop.place(club.shop.quote(headers=under).json["id"], headers=under).json
    pick_up(club, order["id"])
    assert posted(club, order["id"])["posted"] == 8

    for headers in (under, club.shop.barista):
        shown = club.shop.show(order["id"], headers)
        assert (shown.status_code, "stars_posted" in shown.json) == (200, False)
    receipt = club.client.get(f"/v1/orders/{order['id']}/receipt", headers=club.shop.barista)
    assert (receipt.status_code, "stars_posted" in receipt.json["order"]) == (200, False)
    listed = club.client.get("/v1/me/orders", headers=under).json["data"]
    assert ["stars_posted" in each for each in listed] == [False]


def test_an_order_of_the_account_that_was_given_up_says_what_the_one_that_stays_got(club: Club) -> None:
    two = Two(club)
    order = club.shop.placed()
    two.merge()
    pick_up(club, order["id"])
    assert club.stars(two.new) == 8
    assert posted(club, order["id"])["rules"] == [base(8, 8)]

    assert club.shop.refund(order["id"], lines=[{"position": 1, "quantity": 1}]).status_code == 201

    assert posted(club, order["id"])["rules"] == [base(8, 8, 8)]


def test_a_forgotten_order_says_nothing_of_its_stars_to_anybody_and_the_stars_stay(club: Club) -> None:
    order = club.shop.placed()
    pick_up(club, order["id"])
    said = club.client.put(
        "/v1/me/preferences/retention", json={"value": {"days": 1}}, headers=club.headers | {"If-Match": '"0"'}
    )
    assert said.status_code == 200, said.text

    Worker(club.app.database, {}).carry_and_forget(clock.now() + timedelta(days=2))

    for path in ("", "/receipt"):
        for headers in (club.headers, club.shop.barista):
            assert club.client.get(f"/v1/orders/{order['id']}{path}", headers=headers).status_code == 404
    feed = club.client.get("/v1/me/orders/changes", headers=club.headers).json["data"]
    assert feed == [{"id": order["id"], "forgotten": True}]
    with club.app.database.reading() as session:
        order_id, whose = sa.literal(UUID(order["id"]), sa.Uuid()), sa.literal(club.customer_id(), sa.Uuid())
        assert queries.posted_stars(session.scalar(sa.select(queries.posted_for(order_id, whose))) or "") == []
    assert club.stars() == 8


def test_posted_stars_take_no_statement_more(club: Club) -> None:
    order = club.shop.placed()

    def taken() -> list[int]:
        found = []
        for path in (f"/v1/orders/{order['id']}", "/v1/me/orders", "/v1/me/orders/changes"):
            with counted(club.app) as statements:
                assert club.client.get(path, headers=club.headers).status_code == 200
            found.append(len([each for each in statements if "device_sessions" not in each]))
        return found

    before = taken()
    pick_up(club, order["id"])

    assert taken() == before
