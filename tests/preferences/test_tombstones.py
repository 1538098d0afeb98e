"""What is left of a forgotten order where its customer's other devices ask what changed; and of walk-ins."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from service import clock
from service.orders import actions
from service.orders.models import ForgottenOrder, WalkIn
from service.worker import Worker
from tests.orders.shop import Shop

from .test_retention import everything, forget, had
from .voice import Voice


def changes(shop: Shop, since: str | None = None, headers: dict[str, str] | None = None, limit: int = 50) -> Any:
    """Return a page of what changed of one's own orders."""
    query = {"limit": limit, **({"since": since} if since else {})}
    return shop.client.get("/v1/me/orders/changes", query_string=query, headers=headers or shop.customer).json


def tombstones(page: Any) -> list[str]:
    """Return the ids of the forgotten orders of a page."""
    return [each["id"] for each in page["data"] if each.get("forgotten")]


def forget_whose(shop: Shop, days: float) -> None:
    """Let it be forgotten, so many days from now, whose the forgotten orders were; sessions would end, too."""
    with shop.app.database.writing.begin() as session:
        actions.forget_tombstones(session, now=clock.now() + timedelta(days=days))


def test_the_worker_forgets_whose_they_were(voice: Voice, shop: Shop) -> None:
    voice.say("retention", days=1)
    had(shop)
    forget(shop, 2)

    forget(shop, 93)

    with shop.app.database.reading() as session:
        assert session.scalars(sa.select(ForgottenOrder.order_id)).one() is None


def test_who_copied_the_order_is_told_to_drop_it_and_nothing_else(voice: Voice, shop: Shop) -> None:
    voice.say("retention", days=1)
    order = had(shop)
    seen = changes(shop)
    forget(shop, 2)

    news = changes(shop, seen["next_cursor"])

    assert news["data"] == [{"id": order["id"], "forgotten": True}]
    assert changes(shop, news["next_cursor"])["data"] == []
    assert changes(shop)["data"] == news["data"]
    assert changes(shop, headers=shop.other)["data"] == []


def test_what_comes_after_it_is_not_passed_over(voice: Voice, shop: Shop) -> None:
    voice.say("retention", days=1)
    order = had(shop)
    seen = changes(shop)
    forget(shop, 2)  # the newest of the feed goes
    placed = shop.placed()

    after = changes(shop, seen["next_cursor"])["data"]

    assert [each["id"] for each in after] == [order["id"], placed["id"]]


def test_pages_tell_each_once_and_in_order(voice: Voice, shop: Shop) -> None:
    voice.say("retention", days=1)
    gone = [had(shop)["id"] for _ in range(2)]
    kept = shop.placed()["id"]
    forget(shop, 2)
    later = shop.placed()["id"]

    found, cursor = [], None
    for _ in range(5):
        page = changes(shop, cursor, limit=1)
        found += [each["id"] for each in page["data"]]
        cursor = page["next_cursor"]

    assert found[0] == kept
    assert sorted(found[1:3]) == sorted(gone)
    assert found[3:] == [later]


def test_after_ninety_days_nobody_knows_whose_it_was_and_no_place_is_given_twice(voice: Voice, shop: Shop) -> None:
    voice.say("retention", days=1)
    orders = [had(shop)["id"] for _ in range(2)]
    forget(shop, 2)
    seen = changes(shop)

    forget_whose(shop, 91)
    assert sorted(tombstones(changes(shop))) == sorted(orders)
    forget_whose(shop, 93)

    assert changes(shop)["data"] == []
    with shop.app.database.reading() as session:
        (last,) = session.scalars(sa.select(ForgottenOrder))
    assert last.order_id is None
    placed = shop.placed()["id"]
    assert [each["id"] for each in changes(shop, seen["next_cursor"])["data"]] == [placed]


def test_the_last_place_goes_once_another_one_is_given(voice: Voice, shop: Shop) -> None:
    voice.say("retention", days=1)
    had(shop)
    forget(shop, 2)
    shop.placed()

    forget_whose(shop, 93)

    with shop.app.database.reading() as session:
        assert session.scalars(sa.select(ForgottenOrder)).all() == []


def test_while_an_order_is_placed_and_another_forgotten_nothing_is_passed_over(voice: Voice, shop: Shop) -> None:
    voice.say("retention", days=1)
    gone = [had(shop)["id"] for _ in range(3)]
    at = clock.now() + timedelta(days=2)
    quotes = [shop.quote().json["id"] for _ in range(3)]
    told: list[str] = []

    def forget_one(order_id: str) -> None:
        with shop.app.database.writing.begin() as session:
            assert actions.forget_order(session, order_id=UUID(order_id), now=at)

    pairs = zip(gone, quotes, strict=True)
    works = [work for order_id, quote_id in pairs for work in ((forget_one, order_id), (shop.place, quote_id))]
    with ThreadPoolExecutor(3) as threads:
        done = [threads.submit(*work) for work in works]
        cursor = changes(shop)["next_cursor"]
        while not all(each.done() for each in done):
            page = changes(shop, cursor)
            told, cursor = told + tombstones(page), page["next_cursor"]
        for each in done:
            each.result()
    copy = {each["id"]: each for each in changes(shop)["data"]}

    assert set(gone) <= set(told) | {name for name, each in copy.items() if each.get("forgotten")}
    assert len(copy) == 6


def walk_in(shop: Shop, **body: Any) -> dict[str, Any]:
    """Register a walk-in that is handed over at once."""
    made = shop.client.post(
        f"/v1/stores/{shop.store.id}/walk-ins",
        json={"label": "Xanthippe", "lines": [shop.line(note="for Xanthippe")], **body},
        headers=shop.barista | {"Idempotency-Key": "walk-in-12345678"},
    )
    assert made.status_code == 201, made.text
    return made.json  # type: ignore[no-any-return]


@pytest.mark.parametrize(("days", "is_left"), [(0.9, True), (1.5, False)])
def test_what_staff_typed_of_a_walk_in_is_forgotten_a_day_after(shop: Shop, days: float, is_left: bool) -> None:
    made = walk_in(shop)
    with shop.app.database.writing.begin() as session:
        ended = {"ended_at": clock.now(), "state": "picked_up"}
        session.execute(sa.update(WalkIn).where(WalkIn.id == UUID(made["id"])).values(ended))

    forget(shop, days)

    with shop.app.database.reading() as session:
        kept = session.scalars(sa.select(WalkIn)).one()
    assert ("Xanthippe" in everything(shop, made["id"])) is is_left
    assert kept.lines[0]["document"]["item"]["name"] == "Flat white"
    assert kept.lines[0]["work"]


def test_one_that_is_still_made_keeps_its_name(shop: Shop) -> None:
    walk_in(shop)

    Worker(shop.app.database, {}).carry_and_forget(clock.now() + timedelta(days=9))

    with shop.app.database.reading() as session:
        assert session.scalars(sa.select(WalkIn.label)).one() == "Xanthippe"
