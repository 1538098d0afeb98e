"""Standing orders: said over HTTP, placed by the worker once a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from service import clock
from service.orders.models import StandingOrder
from service.orders.rules.schedule import MOST_STANDING_ORDERS
from tests.preferences.test_usuals import save

from .shop import Shop
from .standing import URL, coming, facts, orders, place_next, read, start, started
from .test_order_life import held_seconds

NEW_YORK = ZoneInfo("America/New_York")


def test_it_is_placed_ahead_of_its_time_for_its_time(shop: Shop) -> None:
    standing = started(shop, save(shop, pickup={"alias": "Jo"}).json)
    first = coming(shop, standing, 1)[0]
    pickup_at, place_at = (datetime.fromisoformat(first[name]) for name in ("pickup_at", "place_at"))
    assert pickup_at.astimezone(NEW_YORK).strftime("%H:%M") == "12:00"
    assert place_at <= pickup_at - timedelta(hours=1)

    shop.follow_up(place_at - timedelta(minutes=1))
    assert orders(shop) == 0 or place_at < clock.now()
    shop.follow_up(place_at)
    shop.follow_up(place_at + timedelta(minutes=1))

    assert orders(shop) == 1
    (day,) = read(shop, standing)["days"]
    assert (day["outcome"], day["on"]) == ("placed", first["on"])
    order = shop.show(day["order_id"]).json
    assert (order["state"], order["pickup"]["alias"]["name"]) == ("scheduled", "Jo")
    assert datetime.fromisoformat(order["promise"]["window_starts_at"]) == pickup_at
    by_name = shop.client.get(
        f"/v1/me/orders/by-client-id/standing-{standing['id']}-{day['on']}", headers=shop.customer
    )
    assert by_name.json["id"] == order["id"]
    assert facts(shop) == ["StandingOrderPlaced"]
    taken, claimed = held_seconds(shop)
    assert taken == claimed == 60
    assert shop.cancel(order["id"]).status_code == 200


def test_every_day_follows_the_one_before(shop: Shop) -> None:
    standing = started(shop)

    done = [place_next_day(shop, standing) for _ in range(3)]

    assert [(one + timedelta(days=1)) for one in done[:2]] == done[1:]
    assert orders(shop) == 3


def place_next_day(shop: Shop, standing: dict[str, Any]) -> date:
    with shop.app.database.reading() as session:
        row = session.get(StandingOrder, UUID(standing["id"]))
        assert row is not None
        assert row.due_at is not None
        at = row.due_at
    shop.follow_up(max(at, clock.now()))
    return date.fromisoformat(read(shop, standing)["days"][0]["on"])


def test_a_skipped_or_paused_day_is_shown_and_not_placed(shop: Shop) -> None:
    standing = started(shop)
    first, second, third = coming(shop, standing, 3)
    path = f"{URL}/{standing['id']}/skips"

    assert shop.client.post(path, json={"on": first["on"]}, headers=shop.customer).json["next_on"] == second["on"]
    changed = change(shop, read(shop, standing), pause={"from_on": second["on"], "until_on": second["on"]})
    assert changed.json["next_on"] == third["on"]
    assert [each["left_out"] for each in coming(shop, standing, 3)] == ["skipped", "paused", None]
    shop.follow_up(datetime.fromisoformat(second["pickup_at"]))
    assert orders(shop) == 0

    assert shop.client.delete(f"{path}/{first['on']}", headers=shop.customer).status_code == 204
    assert shop.client.delete(f"{path}/{first['on']}", headers=shop.customer).status_code == 404
    assert shop.client.delete(f"{path}/someday", headers=shop.customer).status_code == 422
    assert read(shop, standing)["next_on"] == first["on"]


def test_a_day_whose_order_stands_can_not_be_skipped_any_more(shop: Shop) -> None:
    standing = started(shop)
    day = place_next(shop, standing)

    refused = shop.client.post(f"{URL}/{standing['id']}/skips", json={"on": day["on"]}, headers=shop.customer)

    assert (refused.status_code, refused.json["type"]) == (409, "/problems/day-done")
    assert refused.json["order_id"] == day["order_id"]


def change(shop: Shop, standing: dict[str, Any], **changes: Any) -> Any:
    names = ("usual_id", "store_id", "recurrence", "starts_on", "at", "price_ceiling", "if_unmakeable", "pause")
    return shop.client.put(
        f"{URL}/{standing['id']}",
        json={name: standing[name] for name in names} | changes,
        headers=shop.customer | {"If-Match": f'"{standing["version"]}"'},
    )


def test_a_day_that_is_done_stays_done_whatever_is_said_after(shop: Shop) -> None:
    standing = started(shop)
    day = place_next(shop, standing)

    changed = change(shop, read(shop, standing), at="23:55")

    assert changed.status_code == 200
    assert changed.json["next_on"] > day["on"]
    assert change(shop, standing, at="09:00").status_code == 412


def test_forgetting_the_usual_puts_its_standing_orders_at_rest(shop: Shop) -> None:
    usual = save(shop).json
    standing = started(shop, usual)
    match = {"If-Match": '"1"'}
    assert shop.client.delete(f"/v1/me/usuals/{usual['id']}", headers=shop.customer | match).status_code == 204

    assert read(shop, standing)["next_on"] is None
    assert coming(shop, standing) == []


def test_one_with_a_store_of_its_own_asks_where_its_usual_is_gone(shop: Shop) -> None:
    usual = save(shop).json
    standing = started(shop, usual, store_id=str(shop.store.id))
    shop.client.delete(f"/v1/me/usuals/{usual['id']}", headers=shop.customer | {"If-Match": '"1"'})

    assert place_next(shop, standing)["reason"] == "no-usual"


def test_ending_it_leaves_its_orders(shop: Shop) -> None:
    standing = started(shop)
    order_id = place_next(shop, standing)["order_id"]
    match = {"If-Match": f'"{read(shop, standing)["version"]}"'}

    assert shop.client.delete(f"{URL}/{standing['id']}", headers=shop.customer | match).status_code == 204
    assert shop.client.get(URL, headers=shop.customer).json["data"] == []
    assert shop.show(order_id).status_code == 200


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"recurrence": "FREQ=MINUTELY"}, "recurrence"),
        ({"recurrence": "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"}, "recurrence"),
        ({"at": "08:03"}, "at"),
        ({"at": "24:00"}, "at"),
        ({"at": "8:00"}, "at"),
        ({"price_ceiling": {"amount_minor": 500, "currency": "EUR"}}, "price_ceiling.currency"),
        ({"price_ceiling": {"amount_minor": 0, "currency": "USD"}}, "price_ceiling.amount_minor"),
        ({"starts_on": "2090-01-01"}, "starts_on"),
        ({"usual_id": str(uuid4())}, "usual_id"),
        ({"store_id": str(uuid4())}, "store_id"),
        ({"if_unmakeable": "hope"}, "if_unmakeable"),
        ({"pause": {"from_on": "2027-02-02", "until_on": "2027-02-01"}}, "pause.until_on"),
    ],
)
def test_what_can_not_be_followed_is_refused_by_its_name(shop: Shop, said: dict[str, Any], field: str) -> None:
    answer = start(shop, **said)

    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_a_standing_order_is_its_customers_own(shop: Shop) -> None:
    standing = started(shop)
    path = f"{URL}/{standing['id']}"

    assert shop.client.get(path).status_code == 401
    for below in ("", "/upcoming", "/events"):
        assert shop.client.get(f"{path}{below}", headers=shop.other).status_code == 404
    assert shop.client.post(f"{path}/skips", json={"on": "2027-01-01"}, headers=shop.other).status_code == 404
    assert start(shop, save(shop).json, headers=shop.other).status_code == 422


def test_standing_orders_are_bounded(shop: Shop) -> None:
    usual = save(shop).json
    for _ in range(MOST_STANDING_ORDERS):
        started(shop, usual)

    assert start(shop, usual).json["type"] == "/problems/too-many-standing-orders"
