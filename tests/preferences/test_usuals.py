"""Usuals: baskets that a customer names, orders and bounds."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from service.preferences.models import Usual
from service.preferences.rules.usuals import MOST_USUALS
from tests.orders.shop import Shop

from .voice import OAT, Voice

URL = "/v1/me/usuals"


def save(shop: Shop, *lines: dict[str, Any], headers: dict[str, str] | None = None, **usual: Any) -> Any:
    """Save a usual of one flat white at the shop, unless told otherwise."""
    body = {"name": "Morning", "store_id": str(shop.store.id), "lines": list(lines) or [shop.line()], **usual}
    return shop.client.post(URL, json=body, headers=headers or shop.customer)


def names(shop: Shop) -> list[str]:
    return [each["name"] for each in shop.client.get(URL, headers=shop.customer).json["data"]]


def change(shop: Shop, usual: dict[str, Any], *, version: int | None = None, **changes: Any) -> Any:
    body = {"name": usual["name"], "store_id": usual["store_id"], "lines": usual["lines"], **changes}
    match = {"If-Match": f'"{version or usual["version"]}"'}
    return shop.client.put(f"{URL}/{usual['id']}", json=body, headers=shop.customer | match)


def test_a_usual_is_kept_as_it_was_said_with_its_price_of_now(shop: Shop) -> None:
    answer = save(
        shop,
        shop.line(modifiers=[{"option_id": str(shop.oat)}]),
        pickup={"method": "curbside", "alias": "Jo"},
        price_ceiling={"amount_minor": 600, "currency": "USD"},
    )

    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    usual = answer.json
    assert (usual["name"], usual["saved_total"]) == ("Morning", {"amount_minor": 470, "currency": "USD"})
    assert usual["lines"][0]["modifiers"][0]["option_id"] == str(shop.oat)
    assert usual["lines"][0]["size_id"] is usual["lines"][0]["quantity"] is None
    assert (usual["pickup"]["method"], usual["pickup"]["alias"]) == ("curbside", "Jo")
    read = shop.client.get(f"{URL}/{usual['id']}", headers=shop.customer)
    assert (read.json, read.headers["ETag"]) == (usual, '"1"')


def test_what_was_ordered_touches_no_usual(shop: Shop) -> None:
    usual = save(shop).json

    shop.finished(shop.line(size_id=str(shop.large)))

    assert shop.client.get(f"{URL}/{usual['id']}", headers=shop.customer).json == usual


def test_the_list_stands_in_the_customers_own_order(shop: Shop) -> None:
    first = save(shop, name="First").json
    save(shop, name="Second")
    third = save(shop, name="Third", position=1).json
    assert names(shop) == ["Third", "First", "Second"]

    assert change(shop, third, position=3).status_code == 200
    assert names(shop) == ["First", "Second", "Third"]

    match = {"If-Match": '"1"'}
    assert shop.client.delete(f"{URL}/{first['id']}", headers=shop.customer | match).status_code == 204
    save(shop, name="Fourth")
    assert names(shop) == ["Second", "Third", "Fourth"]


def test_a_change_names_the_version_it_was_made_from(shop: Shop) -> None:
    usual = save(shop).json

    changed = change(shop, usual, name="Evening")
    assert (changed.status_code, changed.json["name"], changed.json["version"]) == (200, "Evening", 2)
    assert change(shop, usual, version=1).status_code == 412
    path = f"{URL}/{usual['id']}"
    assert shop.client.put(path, json={"name": "x", "lines": [shop.line()]}, headers=shop.customer).status_code == 428
    assert shop.client.delete(path, headers=shop.customer | {"If-Match": '"1"'}).status_code == 412


def test_a_usual_is_its_customers_own(shop: Shop) -> None:
    path = f"{URL}/{save(shop).json['id']}"
    body = {"name": "Mine", "lines": [shop.line()]}

    assert shop.client.get(path).status_code == 401
    assert shop.client.get(path, headers=shop.other).status_code == 404
    assert shop.client.put(path, json=body, headers=shop.other | {"If-Match": '"1"'}).status_code == 404
    assert shop.client.delete(path, headers=shop.other | {"If-Match": '"1"'}).status_code == 404
    assert shop.client.post(f"{path}/quote", json={}, headers=shop.other).status_code == 404
    assert shop.client.get(URL, headers=shop.other).json["data"] == []


def test_what_a_usual_names_must_exist(shop: Shop) -> None:
    nothing = str(uuid4())

    assert "lines.0.item_id" in save(shop, {"item_id": nothing}).json["errors"]
    assert "store_id" in save(shop, store_id=nothing).json["errors"]
    assert "lines.0.size_id" in save(shop, shop.line(size_id=nothing)).json["errors"]
    assert "name" in save(shop, name="  ").json["errors"]
    assert "pickup.alias" in save(shop, pickup={"alias": "\u202eoj"}).json["errors"]
    assert "price_ceiling.currency" in save(shop, price_ceiling={"amount_minor": 1, "currency": "us"}).json["errors"]


def test_what_is_sold_out_when_it_is_saved_has_no_price_yet(shop: Shop) -> None:
    shop.sell_out("item", shop.flat_white)

    answer = save(shop)

    assert (answer.status_code, answer.json["saved_total"]) == (201, None)


def test_a_list_of_usuals_is_bounded(shop: Shop) -> None:
    for number in range(MOST_USUALS):
        assert save(shop, name=f"No. {number}", store_id=None).status_code == 201

    refused = save(shop)

    assert (refused.status_code, refused.json["type"]) == (409, "/problems/too-many-usuals")


def test_the_database_keeps_the_bound(shop: Shop) -> None:
    save(shop)
    table: Any = Usual.__table__
    with shop.app.database.writing() as session:
        row = session.execute(sa.select(table)).mappings().one()
        for number in (row["number"], MOST_USUALS + 1):
            with pytest.raises(IntegrityError), session.begin_nested():
                session.execute(table.insert(), {**row, "id": uuid4(), "number": number})


def test_a_usual_keeps_its_price_by_the_customers_own_rules(voice: Voice) -> None:
    voice.rules({"set": OAT})

    assert save(voice.shop).json["saved_total"]["amount_minor"] == 470
