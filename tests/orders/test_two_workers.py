"""Two workers at once: whatever becomes due for a placed order is done once. Each has a control that fails."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service import clock
from service.events import OutboxRow
from service.orders.actions import aftermath, ask, shortfall
from service.orders.models import Order
from service.worker import Worker

from .shop import Shop
from .test_order_life import held_seconds
from .test_reject_lines import policy

ORDERS = 8


def two_workers(shop: Shop, hours: float) -> None:
    """Let two workers do at once what is due so many hours from now."""
    at, start = clock.now() + timedelta(hours=hours), Barrier(2)

    def work(_: int) -> None:
        worker = Worker(shop.app.database, {})
        start.wait(10)
        worker.follow_up(at)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, range(2)))


def asked(shop: Shop) -> None:
    for _ in range(ORDERS):
        order = shop.placed(shop.line(), shop.line(shop.croissant))
        assert shop.reject(order["id"], 1).status_code == 200


def sold_out(shop: Shop) -> None:
    for _ in range(ORDERS):
        shop.placed(shop.line(if_unavailable=policy("refund_line")), shop.line(shop.croissant))
    shop.sell_out("item", shop.flat_white)


def uncollected(shop: Shop) -> None:
    for _ in range(ORDERS):
        order = shop.placed(pickup={"if_not_collected": "cancel"})
        for to in ("fired", "ready"):
            shop.move(order["id"], to)


def forgotten(shop: Shop) -> None:
    for _ in range(ORDERS):
        shop.placed()


def told(shop: Shop) -> Counter[Any]:
    """Count what each order was told, by fact and state."""
    with shop.app.database.reading() as session:
        rows = session.execute(sa.select(OutboxRow.subject_id, OutboxRow.name, OutboxRow.payload)).all()
    return Counter(
        (row.subject_id, row.name, row.payload.get("state"))
        for row in rows
        if row.name != "OrderMoved" or row.payload["ended"]
    )


CASES = [
    pytest.param(asked, 2, "OrderLinesChanged", id="asks"),
    pytest.param(sold_out, 0.1, "OrderLinesChanged", id="shortages"),
    pytest.param(uncollected, 1, "OrderMoved", id="no-shows"),
    pytest.param(forgotten, 20, "OrderMoved", id="expiries"),
]


@pytest.mark.parametrize(("arrange", "hours", "fact"), CASES)
def test_it_is_done_once(shop: Shop, arrange: Any, hours: float, fact: str) -> None:
    arrange(shop)

    two_workers(shop, hours)

    done = [times for (_, name, _), times in told(shop).items() if name == fact]
    assert done == [1] * ORDERS
    taken, claimed = held_seconds(shop)
    assert taken == claimed


@pytest.mark.broken_on_purpose
@pytest.mark.parametrize(("arrange", "hours", "fact"), [case for case in CASES if case.id in {"no-shows", "expiries"}])
def test_control_without_taking_turns_it_is_done_twice(
    shop: Shop, arrange: Any, hours: float, fact: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrange(shop)
    both = Barrier(2)

    def take_no_turn(session: Session, order_id: Any, *_still: Any) -> dict[str, Any]:
        row = session.execute(sa.select(Order.__table__).where(Order.id == order_id)).one()
        return dict(row._mapping)

    def due_for_both(find: Any) -> Any:
        def found(session: Session, **at: Any) -> Any:
            due = find(session, **at)
            session.rollback()  # on SQLite the other could not look meanwhile
            both.wait(10)
            return due

        return found

    from service.orders import actions

    for module in (ask, shortfall, aftermath):
        monkeypatch.setattr(module, "take_turn", take_no_turn)
    name = "due_no_shows" if arrange is uncollected else "due_expiries"
    monkeypatch.setattr(actions, name, due_for_both(getattr(actions, name)))

    two_workers(shop, hours)

    done = [times for (_, name, _), times in told(shop).items() if name == fact]
    assert max(done) > 1
