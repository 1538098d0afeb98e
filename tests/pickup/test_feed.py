"""What live streams carry: the same tickets as the queue, and checks that agree with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson

from service.pickup import queries

from .counter import Counter


def tickets_of(counter: Counter, *order_ids: str) -> list[dict[str, Any]]:
    """Return what the stream would carry of the orders, as JSON reads."""
    with counter.shop.app.database.reading() as session:
        found = queries.tickets_of(session, counter.shop.store.id, [UUID(order_id) for order_id in order_ids])
    read: list[dict[str, Any]] = orjson.loads(orjson.dumps(found, option=orjson.OPT_UTC_Z))
    return read


def check_of(counter: Counter) -> dict[str, int]:
    """Return the check of the shop's queue."""
    with counter.shop.app.database.reading() as session:
        return queries.check_of(session, counter.shop.store.id)


def test_a_changed_ticket_is_the_one_that_the_queue_shows(counter: Counter) -> None:
    order = counter.fired(counter.shop.line(), counter.shop.line(counter.shop.croissant))
    counter.bump(order["id"], position=1)

    (row,) = tickets_of(counter, order["id"])

    assert row["ticket"] == counter.ticket(order["id"])
    assert (row["order_id"], row["version"]) == (order["id"], row["ticket"]["version"])


def test_what_is_not_in_the_queue_has_no_ticket_but_its_version(counter: Counter) -> None:
    waiting, gone = counter.shop.placed(), counter.fired()
    counter.bump(gone["id"])
    counter.shop.move(gone["id"], "picked_up")

    rows = {row["order_id"]: row for row in tickets_of(counter, waiting["id"], gone["id"])}

    assert {row["ticket"] for row in rows.values()} == {None}
    assert rows[gone["id"]]["version"] == counter.shop.show(gone["id"]).json["version"]
    assert tickets_of(counter) == []


def test_a_void_is_in_the_feed_until_it_is_seen(counter: Counter) -> None:
    order = counter.fired()
    counter.shop.move(order["id"], "rejected")

    assert tickets_of(counter, order["id"])[0]["ticket"]["void"] is not None
    assert check_of(counter)["tickets"] == 1
    counter.bump(order["id"])
    assert tickets_of(counter, order["id"])[0]["ticket"] is None
    assert check_of(counter) == {"tickets": 0, "versions": 0}


def test_the_check_counts_what_the_queue_shows(counter: Counter) -> None:
    assert check_of(counter) == {"tickets": 0, "versions": 0}
    orders = [counter.fired()["id"] for _ in range(3)]
    counter.bump(orders[0])

    shown = counter.tickets()

    assert check_of(counter) == {"tickets": len(shown), "versions": sum(ticket["version"] for ticket in shown)}
