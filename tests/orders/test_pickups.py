"""/v1/me/pickups: open orders to pick up, one's own, or under a grant its giver's."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from service.http.edge import Edge
from tests.factories import make_guest, make_staff, sign_in_as

from .errand import Errand
from .shop import Shop

WAITS = {"fire": {"trigger": "on_arrival", "if_latest": "cancel"}}


@pytest.fixture
def errand(shop: Shop) -> Errand:
    """Ana may pick up for Jane, and nothing else."""
    return Errand(shop, may_place_orders=False, limit_minor=None, currency=None, timezone=None)


def test_who_picks_up_sees_what_to_say_where_and_when_and_nothing_else(errand: Errand) -> None:
    order = errand.shop.placed(errand.shop.line(note="no sugar, I'm diabetic"), pickup={"alias": "J"})

    (shown,) = errand.get("/v1/me/pickups").json["data"]

    assert shown == {
        "id": order["id"],
        "code": order["code"],
        "state": "placed",
        "version": 1,
        "store": order["store"],
        "method": "counter",
        "window_starts_at": order["promise"]["window_starts_at"],
        "window_ends_at": order["promise"]["window_ends_at"],
        "arrival": {"expected_at": None, "arrived_at": None},
        "next_actions": [],
    }
    assert errand.get(f"/v1/me/pickups/{order['id']}").json == shown


def test_the_tap_of_who_picks_up_starts_the_order_and_is_logged(errand: Errand) -> None:
    order = errand.shop.placed(**WAITS)
    assert errand.get(f"/v1/me/pickups/{order['id']}").json["next_actions"] == ["arrive"]

    on_the_way = errand.post(f"/v1/me/pickups/{order['id']}/arrival", kind="on_my_way", minutes=5)
    here = errand.post(f"/v1/me/pickups/{order['id']}/arrival", kind="here")

    assert (on_the_way.status_code, on_the_way.json["state"]) == (200, "held")
    assert (here.status_code, here.json["state"], here.json["next_actions"]) == (200, "placed", [])
    assert [(act["operation"], act["order_id"], act["amount"]) for act in errand.acts()] == [
        ("arrive_to_pick_up", order["id"], None)
    ] * 2
    receipt = errand.get(f"/v1/orders/{order['id']}/receipt", errand.shop.customer).json
    assert [step["under_grant"] for step in receipt["steps"]] == [None, {"by": "Ana"}]


def test_what_has_ended_is_gone(errand: Errand) -> None:
    order = errand.shop.placed()
    errand.shop.cancel(order["id"])

    assert errand.get("/v1/me/pickups").json["data"] == []
    assert errand.get(f"/v1/me/pickups/{order['id']}").status_code == 404
    assert errand.post(f"/v1/me/pickups/{order['id']}/arrival", kind="here").status_code == 404
    assert errand.acts() == []


def test_who_picks_up_does_nothing_else(errand: Errand) -> None:
    order = errand.shop.placed()

    assert errand.shop.show(order["id"], headers=errand.ana).status_code == 403
    assert errand.shop.cancel(order["id"], headers=errand.ana).status_code == 403
    assert errand.post(f"/v1/orders/{order['id']}/arrival", kind="here").status_code == 403
    assert errand.get(f"/v1/orders/{order['id']}/receipt").status_code == 422
    assert errand.get("/v1/me").status_code == 422


def test_only_the_givers_orders_are_there(errand: Errand) -> None:
    own = errand.shop.place(errand.shop.quote(headers=errand.alone).json["id"], headers=errand.alone).json
    theirs = errand.shop.placed()
    stranger = errand.shop.place(errand.shop.quote(headers=errand.shop.other).json["id"], headers=errand.shop.other)

    assert [each["id"] for each in errand.get("/v1/me/pickups").json["data"]] == [theirs["id"]]
    assert [each["id"] for each in errand.get("/v1/me/pickups", errand.alone).json["data"]] == [own["id"]]
    for order_id in (own["id"], stranger.json["id"]):
        assert errand.get(f"/v1/me/pickups/{order_id}").status_code == 404


def test_what_was_ordered_under_one_grant_is_picked_up_under_another(errand: Errand) -> None:
    both = errand.another()
    order = errand.shop.place(errand.shop.quote(headers=both).json["id"], headers=both).json

    assert [each["id"] for each in errand.get("/v1/me/pickups").json["data"]] == [order["id"]]


def test_pages_go_on_where_the_last_one_ended(errand: Errand) -> None:
    orders = [errand.shop.placed()["id"] for _ in range(3)]

    first = errand.get("/v1/me/pickups?limit=2").json
    second = errand.get(f"/v1/me/pickups?limit=2&cursor={first['next_cursor']}").json

    assert [each["id"] for each in first["data"] + second["data"]] == orders[::-1]
    assert second["next_cursor"] is None


def test_everyone_sees_and_taps_for_their_own(app: Edge, session: Session, errand: Errand) -> None:
    for person in (make_guest(session), make_staff(session, errand.shop.store.id)):
        headers = sign_in_as(app, person)
        order = errand.shop.place(errand.shop.quote(headers=headers, **WAITS).json["id"], headers=headers).json
        tapped = errand.post(f"/v1/me/pickups/{order['id']}/arrival", headers, kind="here")
        shown = errand.get(f"/v1/me/pickups/{order['id']}", headers)
        unchanged = errand.get(f"/v1/me/pickups/{order['id']}", headers | {"If-None-Match": shown.headers["ETag"]})

        assert (tapped.status_code, tapped.json["state"]) == (200, "placed")
        assert shown.json["next_actions"] == []
        assert unchanged.status_code == 304
    assert errand.acts() == []


def test_without_a_token_nothing_is_shown(errand: Errand) -> None:
    order = errand.shop.placed()
    client = errand.shop.app.test_client()

    assert client.get("/v1/me/pickups").status_code == 401
    assert client.get(f"/v1/me/pickups/{order['id']}").status_code == 401
    assert client.post(f"/v1/me/pickups/{order['id']}/arrival", json={"kind": "here"}).status_code == 401
