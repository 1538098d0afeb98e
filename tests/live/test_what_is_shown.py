"""Whoever follows something is shown what happened, and nobody's identity: every fact, for every audience."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, get_args, get_type_hints
from uuid import UUID, uuid4

import orjson
import pytest
import sqlalchemy as sa

from service import clock, events
from service.events import Fact, Recorded
from service.orders import actions
from service.orders.actions.facts import PromiseMissed
from tests.orders.shop import Shop

AUDIENCES = {
    "order": "its customer, and the staff of its store",
    "queue": "the staff of the store",
    "board": "whoever stands before the board",
    "standing_order": "its customer alone",
}
PERSON = uuid4()
"""Who every made-up fact is about, wherever it names a person or a thing that isn't the order or its store."""


def kinds() -> list[type[Fact]]:
    """Return every class of facts that the service records."""
    found = {kind.__name__: kind for kind in _below(Fact)}  # a class with slots was made twice; the later one is used
    return [kind for name, kind in sorted(found.items()) if not name.startswith("_")]


def _below(kind: type[Fact]) -> Iterator[type[Fact]]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)


def made_up(kind: type[Fact], order_id: UUID, store_id: UUID) -> Fact:
    """Return a fact of the kind about the order, or its store, in which every other id is the person's."""
    known = {
        "subject_id": store_id if kind.subject == "store" else order_id,
        "store_id": store_id,
        "order_id": order_id,
    }
    hints = get_type_hints(kind)
    members = {member.name: known.get(member.name, _any(hints[member.name])) for member in dataclasses.fields(kind)}
    return kind(**members)


def _any(hint: Any) -> Any:
    for kind, value in {UUID: PERSON, datetime: clock.now(), bool: False, int: 1, str: "something"}.items():
        if kind is hint or kind in get_args(hint):
            return value
    return []


@pytest.fixture
def followed(shop: Shop) -> tuple[Shop, UUID]:
    """An order that is being made, by someone."""
    order_id = shop.placed()["id"]
    for to in ("fired", "in_preparation"):
        assert shop.move(order_id, to).status_code == 200
    return shop, UUID(order_id)


def told(shop: Shop, topic: str, facts: list[Recorded]) -> str:
    """Return what all who follow the topic are told of the facts."""
    with shop.app.database.reading() as session:
        found = shop.app.extensions["sayso.live"].topics[topic].news(session, facts, lambda _: True)
    return b"".join(event.text for events in found.values() for event in events).decode()


def test_every_kind_of_stream_says_here_who_reads_it(shop: Shop) -> None:
    assert set(shop.app.extensions["sayso.live"].topics) == set(AUDIENCES)


@pytest.mark.parametrize("topic", AUDIENCES)
def test_no_one_is_shown_who_it_was(followed: tuple[Shop, UUID], topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, order_id = followed
    monkeypatch.setattr(events, "in_transaction", {})  # of made-up facts nothing follows
    facts = [made_up(kind, order_id, shop.store.id) for kind in kinds()]
    events.record(shop.session, *facts)
    shop.session.commit()
    customer_id = shop.session.scalar(sa.text("SELECT customer_id FROM orders"))
    staff_id = shop.session.scalar(sa.text("SELECT actor_id FROM order_transitions WHERE actor = 'staff'"))
    people = {str(PERSON), *(str(UUID(str(each))) for each in (customer_id, staff_id))}

    shown = {fact.name: told(shop, topic, [fact]) for fact in events.last_recorded(shop.session, limit=len(facts))}

    assert {name for name, text in shown.items() if any(each in text for each in people)} == set(), AUDIENCES[topic]
    assert {name for name, text in shown.items() if text} == {
        kind.__name__ for kind in kinds() if kind.subject == (topic if topic == "standing_order" else "order")
    }


def test_the_board_shows_codes_and_chosen_names_and_nothing_else(followed: tuple[Shop, UUID]) -> None:
    shop, order_id = followed
    with shop.app.database.reading() as session:
        facts = events.last_recorded(session, limit=1)
    preparing = told(shop, "board", facts)
    shop.move(str(order_id), "ready")
    ready = told(shop, "board", facts)

    (being_made,) = orjson.loads(preparing.partition("data: ")[2])["preparing"]
    (to_fetch,) = orjson.loads(ready.partition("data: ")[2])["ready"]
    assert set(being_made) == {"code", "alias"}
    assert set(to_fetch) == {"code", "alias", "ready_at", "clears_at"}


def test_a_missed_promise_reaches_the_reactions_with_its_customer_and_the_streams_without(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    reacted: list[PromiseMissed] = []
    monkeypatch.setitem(events.in_transaction, PromiseMissed, [lambda _, fact: reacted.append(fact)])
    order = shop.placed()
    shop.move(order["id"], "fired")
    ends_at = datetime.fromisoformat(order["promise"]["window_ends_at"])
    actions.move_order(
        shop.session,
        order_id=UUID(order["id"]),
        store_ids=None,
        to="ready",
        reason=None,
        actor_id=shop.store.id,
        now=ends_at + timedelta(minutes=1),
    )
    shop.session.commit()
    shop.move(order["id"], "picked_up")

    streams = [
        shop.client.get(f"/v1/orders/{order['id']}/events", headers=who).text for who in (shop.customer, shop.barista)
    ]

    customer_id = UUID(str(shop.session.scalar(sa.text("SELECT customer_id FROM orders"))))
    assert [(fact.customer_id, fact.late_seconds) for fact in reacted] == [(customer_id, 60)]
    for stream in streams:
        assert "PromiseMissed" in stream
        assert str(customer_id) not in stream
