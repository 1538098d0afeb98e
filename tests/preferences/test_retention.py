"""Forgetting orders: after the days that their customer said, once, for everyone; the books stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from service import clock
from service.orders import actions
from service.orders.models import Order, OrderLine
from service.worker import Worker
from tests.orders.shop import Shop

from .voice import Voice

SECRET = "for my sister Xanthippe"


def forget(shop: Shop, days: float) -> None:
    """Let a worker forget what is due so many days from now."""
    Worker(shop.app.database, {}).carry_and_forget(clock.now() + timedelta(days=days))


def had(shop: Shop) -> dict[str, Any]:
    """Return an order that was picked up, with much in it that is personal."""
    line = shop.line(note=SECRET, if_unavailable={"do": "ask", "avoid": ["milk"]})
    order = shop.placed(line, shop.line(shop.croissant), pickup={"alias": "Xanthippe"})
    for to in ("fired", "ready", "picked_up"):
        order = shop.move(order["id"], to).json
    return order


def everything(shop: Shop, order_id: str) -> str:
    """Return all rows that hold anything of the order or its customer, as text."""
    with shop.app.database.reading() as session:
        names = sa.inspect(session.connection()).get_table_names()
        return "\n".join(str(session.execute(sa.text(f'SELECT * FROM "{name}"')).all()) for name in names)


def test_after_the_days_nobody_finds_it_and_nothing_personal_is_left(voice: Voice, shop: Shop) -> None:
    voice.say("retention", days=30)
    order = had(shop)

    forget(shop, 29)
    assert shop.show(order["id"]).status_code == 200
    forget(shop, 31)

    for path in ("", "/receipt", "/promises", "/events"):
        for headers in (shop.customer, shop.barista):
            assert shop.client.get(f"/v1/orders/{order['id']}{path}", headers=headers).status_code == 404, path
    assert shop.client.get("/v1/me/orders", headers=shop.customer).json["data"] == []
    assert shop.refund(order["id"], amount_minor=1).status_code == 404
    left = everything(shop, order["id"])
    assert "Xanthippe" not in left
    assert order["client_order_id"] not in left


def test_the_books_add_up_to_what_they_did(voice: Voice, shop: Shop) -> None:
    voice.say("retention", days=1)
    order = had(shop)

    forget(shop, 2)

    with shop.app.database.reading() as session:
        kept = session.execute(sa.select(Order.__table__)).one()
        lines = session.scalars(sa.select(OrderLine.document).order_by(OrderLine.position)).all()
    assert (kept.total_minor, kept.paid_minor) == (order["totals"]["total"]["amount_minor"],) * 2
    assert [line["total"] for line in lines] == [line["total"] for line in order["lines"]]
    assert [line["item"]["name"] for line in lines] == ["Flat white", "Croissant"]


def test_the_orders_of_others_and_open_ones_stay(voice: Voice, shop: Shop) -> None:
    voice.say("retention", days=1)
    open_one = shop.placed()
    other = shop.place(headers=shop.other).json
    shop.cancel(other["id"], headers=shop.other)

    with shop.app.database.reading() as session:
        assert actions.due_to_forget(session, now=clock.now() + timedelta(days=9)) == []
    assert shop.show(open_one["id"]).status_code == 200
    assert shop.show(other["id"], shop.other).status_code == 200


def test_who_takes_it_back_in_time_keeps_their_orders(voice: Voice, shop: Shop) -> None:
    voice.say("retention", days=1)
    order = had(shop)
    voice.withdraw("retention")

    forget(shop, 9)

    assert shop.show(order["id"]).status_code == 200


@pytest.mark.parametrize("is_guarded", [True, False])
def test_two_workers_forget_each_order_once(
    voice: Voice, shop: Shop, is_guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice.say("retention", days=1)
    orders = [had(shop)["id"] for _ in range(3)]
    at, start = clock.now() + timedelta(days=2), Barrier(2)
    if not is_guarded:  # the control: nothing is looked at under the lock
        monkeypatch.setattr("service.orders.actions.forget.take_turn", _whatever_it_is)
        monkeypatch.setattr("service.orders.actions.forget.preferences.retention_of", lambda *_, **__: timedelta(1))

    def work(_: int) -> int:
        with shop.app.database.reading() as session:
            due = actions.due_to_forget(session, now=at)
        start.wait(10)
        done = 0
        for order_id in due:
            try:
                with shop.app.database.writing.begin() as session:
                    done += actions.forget_order(session, order_id=order_id, now=at)
            except sa.exc.IntegrityError:  # the control: only the database is left to say that it was done
                done += 1
        return done

    with ThreadPoolExecutor(2) as threads:
        done = sum(threads.map(work, range(2)))

    assert (done == len(orders)) is is_guarded


def _whatever_it_is(session: Any, order_id: Any, *_: Any) -> dict[str, Any]:
    row = session.execute(sa.select(Order.__table__).where(Order.id == order_id)).one()
    return dict(row._mapping)


def test_forgetting_all_history_changes_nothing_that_is_offered(voice: Voice, shop: Shop) -> None:
    voice.rules({"set": {"size": "large"}})
    voice.say("retention", days=1)
    for _ in range(2):
        had(shop)

    def offered() -> tuple[Any, ...]:
        quote = shop.quote(shop.line(), shop.line(shop.croissant)).json
        menu = shop.client.get(f"/v1/stores/{shop.store.id}/menu", headers=shop.customer)
        stores = shop.client.get("/v1/stores", headers=shop.customer).json["data"]
        return quote["lines"], quote["totals"], menu.data, [store["id"] for store in stores], voice.explain()

    before = offered()
    forget(shop, 9)

    assert shop.client.get("/v1/me/orders", headers=shop.customer).json["data"] == []
    assert offered() == before
