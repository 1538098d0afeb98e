"""Events that are dropped, doubled and out of order: the screen equals the database once the check was heard."""

from __future__ import annotations

import random
from typing import Any

import orjson
import pytest

from service.pickup import queries

from .screen import Screen

pytestmark = pytest.mark.browser


def as_stream(events: list[tuple[str, Any]]) -> bytes:
    """Return events as server-sent ones."""
    return b"".join(
        b"id: %d\nevent: %s\ndata: %s\n\n" % (number, name.encode(), orjson.dumps(data, option=orjson.OPT_UTC_Z))
        for number, (name, data) in enumerate(events, start=1)
    )


def shown(page: Any) -> dict[str, int]:
    """Return which orders the screen knows, each in which version."""
    known: dict[str, int] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('ticket-card')]
           .map(each => [each.ticket.order_id, each.ticket.version]))"""
    )
    return known


def kept(screen: Screen) -> dict[str, int]:
    """Return which orders the queue shows, each in which version, by the database."""
    return {ticket["order_id"]: ticket["version"] for ticket in screen.counter.tickets()}


def history(screen: Screen) -> list[tuple[str, Any]]:
    """Let things happen, and return what the stream would have carried of each step."""
    rows: list[tuple[str, Any]] = []

    def told(*orders: dict[str, Any]) -> None:
        rows.extend(("ticket", row) for row in screen.feed(*(order["id"] for order in orders)))

    orders = [screen.fired(screen.shop.line(), screen.shop.line(screen.shop.croissant)) for _ in range(5)]
    told(*orders)
    for order in orders[:4]:
        screen.counter.bump(order["id"], position=1)
        told(order)
    for order in orders[:2]:
        screen.counter.bump(order["id"])
        told(order)
    screen.shop.move(orders[0]["id"], "picked_up")
    told(orders[0])
    screen.shop.move(orders[3]["id"], "rejected")
    told(orders[3])
    return rows


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_dropped_doubled_and_shuffled_events_end_in_the_database_s_queue(screen: Screen, seed: int) -> None:
    chance = random.Random(seed)
    page = screen.page()
    sent: list[bytes] = []
    questions: list[str] = []

    def stream(route: Any) -> None:
        body = sent.pop(0) if sent else b""
        route.fulfill(status=200, content_type="text/event-stream", body=body) if body else route.abort()

    page.route("**/queue/events", stream)
    page.on("request", lambda request: questions.append(request.url) if "/queue?limit" in request.url else None)
    events = history(screen)
    disorder = [event for event in events for _ in range(chance.choice([0, 1, 1, 2]))]
    chance.shuffle(disorder)
    with screen.shop.app.database.reading() as session:
        check = queries.check_of(session, screen.shop.store.id)
    sent += [as_stream([*disorder, ("check", check)])]

    page.goto(f"{screen.url}/staff/stores/{screen.shop.store.id}/queue")
    screen.sign_in(page)

    for _ in range(100):
        if shown(page) == kept(screen):
            break
        page.wait_for_timeout(50)
    assert shown(page) == kept(screen), f"seed {seed}"
    assert screen.complaints == []


def test_an_older_version_never_replaces_a_newer_one(screen: Screen) -> None:
    """The rule by itself, in the browser: also a ticket that left doesn't come back with an old event."""
    page = screen.open()
    outcome = page.evaluate(
        """async () => {
          const { Tickets } = await import('/pickup/tickets.js');
          const ticket = (version) => ({ order_id: 'a', version, rush: false, fire_at: '', lines: [], void: null });
          const tickets = new Tickets('sayso.trial');
          tickets.apply({ order_id: 'a', version: 3, ticket: ticket(3) });
          tickets.apply({ order_id: 'a', version: 2, ticket: ticket(2) });
          const afterOld = tickets.get('a').version;
          tickets.apply({ order_id: 'a', version: 4, ticket: null });
          tickets.apply({ order_id: 'a', version: 3, ticket: ticket(3) });
          return [afterOld, tickets.get('a') ?? null, tickets.sums().tickets];
        }"""
    )
    assert outcome == [3, None, 0]


def test_control_a_screen_that_takes_every_event_as_it_comes_shows_another_queue(screen: Screen) -> None:
    """The guard taken away: without versions, the last event to arrive wins."""
    rows = history(screen)
    random.Random(1).shuffle(rows)
    naive: dict[str, int] = {}
    for _, row in rows:
        if row["ticket"] is None:
            naive.pop(row["order_id"], None)
        else:
            naive[row["order_id"]] = row["version"]

    assert naive != kept(screen)
