"""GET /v1/me/stores and /v1/me/stores/{store_id}/menu: lists as their customer wants them, named as such."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
import pytest

from tests.factories import make_store
from tests.orders.shop import Shop

from .voice import Voice


def mine(voice: Voice, path: str = "") -> Any:
    """Read one of the customer's own lists."""
    answer = voice.client.get(f"/v1/me/stores{path}", headers=voice.headers)
    assert answer.status_code == 200, answer.text
    return orjson.loads(answer.data)


def menu_path(shop: Shop) -> str:
    """Return where the shop's menu is, as the customer's."""
    return f"/{shop.store.id}/menu"


def test_the_named_stores_come_in_the_customers_order_with_the_source(voice: Voice, shop: Shop) -> None:
    other = make_store(shop.session)
    shop.session.commit()
    wanted = [str(other.id), str(shop.store.id)]
    said = voice.say("usual_stores", store_ids=wanted).json

    listed = mine(voice)

    assert [store["id"] for store in listed["data"]] == wanted
    assert (listed["sort"], listed["source"]["id"], listed["source"]["version"]) == ("mine", said["id"], 1)
    voice.say("usual_stores", store_ids=wanted[::-1])
    assert [store["id"] for store in mine(voice)["data"]] == wanted[::-1]


def test_who_named_none_has_none_and_nothing_is_made_up(voice: Voice, shop: Shop) -> None:
    shop.finished()

    assert mine(voice) == {"data": [], "sort": "mine", "source": None}


def test_the_list_of_all_stores_is_the_same_for_everyone(voice: Voice, shop: Shop) -> None:
    before = shop.client.get("/v1/stores", headers=voice.headers).json
    voice.say("usual_stores", store_ids=[before["data"][-1]["id"]])

    assert shop.client.get("/v1/stores", headers=voice.headers).json == before


def test_a_menu_is_sorted_as_the_customer_said_and_says_so(voice: Voice, shop: Shop) -> None:
    unsaid = mine(voice, menu_path(shop))
    voice.say("list_sort", menu="price")

    said = mine(voice, menu_path(shop))

    assert (unsaid["sort"], unsaid["source"]) == ("menu", {"kind": "store_default"})
    assert (said["sort"], said["source"]["preference"]) == ("price", "list_sort")
    assert [item["name"] for item in unsaid["menu"]["items"]] == ["Flat white", "Croissant"]
    assert [item["name"] for item in said["menu"]["items"]] == ["Croissant", "Flat white"]
    public = shop.client.get(f"/v1/stores{menu_path(shop)}?sort=price")
    assert said["menu"] == orjson.loads(public.data)


def test_the_public_menu_is_the_same_for_everyone(voice: Voice, shop: Shop) -> None:
    path = f"/v1/stores{menu_path(shop)}"
    before = shop.client.get(path)
    voice.say("list_sort", menu="price")

    assert shop.client.get(path, headers=voice.headers).data == before.data


@pytest.mark.parametrize("kind", ["usual_stores", "list_sort"])
def test_each_customer_has_their_own(voice: Voice, shop: Shop, kind: str) -> None:
    value = {"usual_stores": {"store_ids": [str(shop.store.id)]}, "list_sort": {"menu": "name"}}[kind]
    voice.say(kind, **value)
    stranger = Voice(shop, shop.other)

    assert mine(stranger)["data"] == []
    assert mine(stranger, menu_path(shop))["sort"] == "menu"


def test_only_for_who_is_signed_in_and_of_stores_that_there_are(voice: Voice, shop: Shop) -> None:
    client = shop.app.test_client()

    assert client.get("/v1/me/stores").status_code == 401
    assert client.get(f"/v1/me/stores{menu_path(shop)}").status_code == 401
    assert client.get(f"/v1/me/stores/{uuid4()}/menu", headers=voice.headers).status_code == 404


def test_what_can_not_be_used_is_named(voice: Voice, shop: Shop) -> None:
    store = str(shop.store.id)

    unknown = voice.say("usual_stores", store_ids=[store, str(uuid4()), store])

    assert list(unknown.json["errors"]) == ["value.store_ids.1", "value.store_ids.2"]
    assert voice.say("list_sort", menu="popular").status_code == 422
