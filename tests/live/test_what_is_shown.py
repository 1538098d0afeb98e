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
from service.orders import actions as order_actions
from service.orders.actions.facts import PromiseMissed
from service.pickup import actions as pickup
from tests.orders.shop import Shop

AUDIENCES = {
    "an order's customer": "order",
    "the staff who follow an order": "order",
    "who picks an order up for its customer": "pickup",
    "the staff at the queue": "queue",
    "whoever stands before the board": "board",
    "a standing order's customer": "standing_order",
}
TOLD_OF = {
    "order": {"order"},
    "pickup": {"order"},
    "queue": {"order", "walk_in"},
    "board": {"order", "walk_in"},
    "standing_order": {"standing_order"},
}
"""What the facts are about that each kind of stream tells of."""
OWN = {"grant_id"}
"""Ids that an order's customer is told: whom they let act for them."""
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


def made_up(kind: type[Fact], subjects: dict[str, UUID]) -> Fact:
    """Return a fact of the kind about its subject, in which every id but that one, the store's and the order's is the
    person's."""
    known = {"subject_id": subjects.get(kind.subject, PERSON), "store_id": subjects["store"]}
    if kind.subject == "standing_order":
        known["order_id"] = subjects["order"]
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


def told(shop: Shop, audience: str, facts: list[Recorded]) -> str:
    """Return what the audience is told of the facts."""
    owns = audience == "an order's customer"
    with shop.app.database.reading() as session:
        found = shop.app.extensions["sayso.live"].topics[AUDIENCES[audience]].news(session, facts, lambda _: True)
    texts = [each.owner_text if owns and each.owner_text else each.text for told in found.values() for each in told]
    return b"".join(texts).decode()


def test_every_kind_of_stream_says_here_who_reads_it(shop: Shop) -> None:
    assert set(shop.app.extensions["sayso.live"].topics) == set(AUDIENCES.values())


@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_one_is_shown_who_it_was(
    followed: tuple[Shop, UUID], audience: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, order_id = followed
    for follows in ("in_transaction", "outward"):  # nothing follows of made-up facts
        monkeypatch.setattr(events, follows, {})
    walk_in_id = pickup.register_walk_in(
        shop.session, store_id=shop.store.id, by=PERSON, work_seconds={"bar": 60}, label="Blue scarf", now=clock.now()
    )["id"]
    subjects = {"order": order_id, "walk_in": walk_in_id, "store": shop.store.id, "standing_order": uuid4()}
    facts = [made_up(kind, subjects) for kind in kinds()]
    events.record(shop.session, *facts)
    shop.session.commit()
    customer_id = shop.session.scalar(sa.text("SELECT customer_id FROM orders"))
    staff_id = shop.session.scalar(sa.text("SELECT actor_id FROM order_transitions WHERE actor = 'staff'"))
    people = {str(PERSON), *(str(UUID(str(each))) for each in (customer_id, staff_id))}

    shown = {fact.name: told(shop, audience, [fact]) for fact in events.last_recorded(shop.session, limit=len(facts))}

    if audience == "an order's customer":
        shown = {name: _without_own(text) for name, text in shown.items()}
    assert {name for name, text in shown.items() if any(each in text for each in people)} == set()
    assert {name for name, text in shown.items() if text} == {
        kind.__name__ for kind in kinds() if kind.subject in TOLD_OF[AUDIENCES[audience]]
    }


def _without_own(text: str) -> str:
    data = orjson.loads(text.partition("data: ")[2]) if text else {}
    return orjson.dumps({name: value for name, value in data.items() if name not in OWN}).decode() if data else ""


def test_the_board_shows_codes_and_chosen_names_and_nothing_else(followed: tuple[Shop, UUID]) -> None:
    shop, order_id = followed
    with shop.app.database.reading() as session:
        facts = events.last_recorded(session, limit=1)
    preparing = told(shop, "whoever stands before the board", facts)
    shop.move(str(order_id), "ready")
    ready = told(shop, "whoever stands before the board", facts)

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
    order_actions.move_order(
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

    streams = [shop.told(order["id"], who) for who in (shop.customer, shop.barista)]

    customer_id = UUID(str(shop.session.scalar(sa.text("SELECT customer_id FROM orders"))))
    assert [(fact.customer_id, fact.late_seconds) for fact in reacted] == [(customer_id, 60)]
    for stream in streams:
        assert "PromiseMissed" in stream
        assert str(customer_id) not in stream
