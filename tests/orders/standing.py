"""What tests of standing orders do: start one, read it, let its next day come."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from service.events import OutboxRow
from service.orders.models import Order
from service.worker import STANDING_ORDERS, Worker
from tests.preferences.test_usuals import save

from .shop import Shop

URL = "/v1/me/standing-orders"


def start(shop: Shop, usual: dict[str, Any] | None = None, headers: dict[str, str] | None = None, **said: Any) -> Any:
    """Have a usual (a flat white, unless told otherwise) ordered every day at noon."""
    body = {
        "usual_id": (usual or save(shop).json)["id"],
        "recurrence": "FREQ=DAILY",
        "at": "12:00",
        "price_ceiling": {"amount_minor": 500, "currency": "USD"},
        "if_unmakeable": "ask",
        **said,
    }
    key = {"Idempotency-Key": str(uuid4())}
    return shop.app.test_client().post(URL, json=body, headers=(headers or shop.customer) | key)


def started(shop: Shop, usual: dict[str, Any] | None = None, **said: Any) -> dict[str, Any]:
    """Start one as `start` does; return it."""
    answer = start(shop, usual, **said)
    assert answer.status_code == 201, answer.text
    standing: dict[str, Any] = answer.json
    return standing


def read(shop: Shop, standing: dict[str, Any]) -> dict[str, Any]:
    """Return the standing order as it is now."""
    answer = shop.client.get(f"{URL}/{standing['id']}", headers=shop.customer)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def coming(shop: Shop, standing: dict[str, Any], limit: int = 14) -> list[dict[str, Any]]:
    """Return its next days."""
    found: list[dict[str, Any]] = shop.client.get(
        f"{URL}/{standing['id']}/upcoming?limit={limit}", headers=shop.customer
    ).json["data"]
    return found


def place_next(shop: Shop, standing: dict[str, Any]) -> dict[str, Any]:
    """Let a worker do what is due when the next day is to be placed; return what became of it."""
    at = datetime.fromisoformat(coming(shop, standing, 1)[0]["place_at"])
    shop.follow_up(at)
    day: dict[str, Any] = read(shop, standing)["days"][0]
    return day


def orders(shop: Shop) -> int:
    """Return how many orders there are."""
    with shop.app.database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Order)) or 0


def facts(shop: Shop) -> list[str]:
    """Return the facts about standing orders, in their order."""
    with shop.app.database.reading() as session:
        names = session.scalars(
            sa.select(OutboxRow.name).where(OutboxRow.subject == "standing_order").order_by(OutboxRow.seq)
        )
        return list(names)


def two_workers(shop: Shop, at: datetime) -> None:
    """Let two workers do what is due at once."""
    both = Barrier(2)

    def work(_: int) -> None:
        worker = Worker(shop.app.database, {})
        both.wait(10)
        worker.do(STANDING_ORDERS, at)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, range(2)))
