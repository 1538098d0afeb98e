"""Nothing that a customer did is read by what they are shown: equal preferences and opposite histories get the same
bytes."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from flask import g
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from service.db import Base
from service.http.edge import Edge
from service.loyalty.actions import join, publish_programme
from service.loyalty.schemas import read_programme
from service.orders.models import Order
from service.stores.models import Store
from tests.conftest import KEPT, empty_database
from tests.counting import counted
from tests.factories import make_customer, make_staff, make_store, sign_in_as
from tests.loyalty.club import LONG_AGO, PROGRAMME
from tests.orders.shop import Shop

from .voice import OAT, Voice

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RULE_IDS = [f"0198a000-0000-7000-8000-00000000000{number}" for number in range(4)]
# What was ordered and all that came of it; what a store has left of its time is the store's.
HISTORY = {
    mapper.local_table.name  # type: ignore[attr-defined]
    for mapper in Base.registry.mappers
    if mapper.class_.__module__.startswith(("service.orders", "service.pickup", "service.events", "service.http"))
} - {"capacity_slots"}
HISTORY |= {"loyalty_lots", "loyalty_entries", "loyalty_movements", "loyalty_redemptions"}


@dataclass(frozen=True)
class Visit:
    """One order: what, where, when, and what became of it."""

    drink: bool
    large: bool
    here: bool
    minutes: int
    outcome: str

    def opposite(self) -> Visit:
        """Return the other thing at the other store at the other end of the week, with another outcome."""
        outcome = OUTCOMES[(OUTCOMES.index(self.outcome) + 2) % len(OUTCOMES)]
        return Visit(not self.drink, not self.large, not self.here, WEEK - self.minutes, outcome)


OUTCOMES = ("quoted", "placed", "cancelled", "picked_up")
WEEK = 6 * 24 * 60
visits = st.builds(
    Visit,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(0, WEEK // 5).map((5).__mul__),
    st.sampled_from(OUTCOMES),
)
SIZES = st.sampled_from([{"size": "large"}, {"size": "small"}, OAT, {"quantity": 2}, {"note": "hot"}])
SAYINGS = st.fixed_dictionaries(
    {},
    optional={
        "order_rules": st.lists(SIZES, min_size=1, max_size=4).map(
            lambda sets: {"rules": [{"id": RULE_IDS[place], "set": each} for place, each in enumerate(sets)]}
        ),
        "call_name": st.just({"name": "Maya"}),
        "pickup_method": st.sampled_from([{"method": "curbside"}, {"method": "shelf"}]),
        "remedy": st.just({"kind": "none"}),
    },
)
# What fails is short already, and every example lives through a week: nothing is shrunk.
EXAMPLES = settings(
    max_examples=7,
    deadline=None,
    phases=[Phase.generate],
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Town:
    """Two stores, and weeks that pass in them."""

    def __init__(self, shop: Shop, session: Session, clock: Any) -> None:
        self.shop, self.session, self.clock, self._weeks = shop, session, clock, count()
        publish_programme(session, document=read_programme(PROGRAMME), now=LONG_AGO)
        session.commit()
        self.away: Store = make_store(session)
        self.staff = [make_staff(session, store.id, "barista") for store in (shop.store, self.away)]

    def two_customers(self, sayings: dict[str, Any]) -> tuple[Any, Any]:
        """Return two newcomers who say the same at the same instant of a new week."""
        self.week = START + timedelta(days=7) * next(self._weeks)
        self.clock.move_to(self.week, tick=False)
        pair = make_customer(self.session), make_customer(self.session)
        for customer in pair:
            join(self.session, customer_id=customer.id, now=self.week)
            self.session.commit()
            voice = Voice(self.shop, sign_in_as(self.shop.app, customer))
            both = [str(store.id) for store in (self.away, self.shop.store)]
            lists = {"usual_stores": {"store_ids": both}, "list_sort": {"menu": "name"}}
            for kind, value in {**sayings, **lists}.items():
                answer = voice.client.put(
                    f"/v1/me/preferences/{kind}", json={"value": value}, headers=voice.headers | {"If-Match": '"0"'}
                )
                assert answer.status_code == 200, answer.text
            usual = {
                "name": "Mine",
                "store_id": both[1],
                "lines": [self.shop.line(), self.shop.line(self.shop.croissant)],
            }
            assert voice.client.post("/v1/me/usuals", json=usual, headers=voice.headers).status_code == 201
        return pair

    def live(self, customer: Any, history: list[Visit]) -> None:
        """Let the customer go through these orders."""
        for visit in sorted(history, key=lambda each: each.minutes):
            self.clock.move_to(self.week + timedelta(minutes=visit.minutes), tick=False)
            self._visit(sign_in_as(self.shop.app, customer), visit)

    def _visit(self, headers: dict[str, str], visit: Visit) -> None:
        shop = self.shop
        store, staff = (shop.store, self.staff[0]) if visit.here else (self.away, self.staff[1])
        line = shop.line(shop.flat_white if visit.drink else shop.croissant)
        if visit.drink and visit.large:
            line |= {"size_id": str(shop.large), "modifiers": [{"option_id": str(shop.oat)}]}
        quote = shop.quote(line, headers=headers, store_id=str(store.id))
        assert quote.status_code == 201, quote.text
        if visit.outcome == "quoted":
            return
        order_id = shop.place(quote.json["id"], headers=headers).json["id"]
        if visit.outcome == "cancelled":
            assert shop.cancel(order_id, headers=headers).status_code == 200
        elif visit.outcome == "picked_up":
            barista = sign_in_as(shop.app, staff)
            for to in ("fired", "in_preparation", "ready", "picked_up"):
                assert shop.move(order_id, to, headers=barista).status_code == 200

    def shown_to(self, customer: Any) -> dict[str, bytes]:
        """Return all that is filled, ranked or priced for the customer at the week's end, without their own ids."""
        self.clock.move_to(self.week + timedelta(minutes=WEEK + 60), tick=False)
        return answers(self.shop, self.away, sign_in_as(self.shop.app, customer))


def answers(shop: Shop, away: Store, headers: dict[str, str]) -> dict[str, bytes]:
    """Return the answers' bytes by request."""
    here, mine = f"/v1/stores/{shop.store.id}", "/v1/me/preferences"
    reads = ["/v1/stores", "/v1/stores?near=40.75,-73.99", here, f"{here}/menu", f"{here}/menu?sort=name", mine]
    found = {path: shop.client.get(path, headers=headers) for path in (*reads, "/v1/preference-kinds")}
    open_lines = [shop.line(), shop.line(shop.croissant), shop.line(modifiers=[{"option_id": str(shop.vanilla)}])]
    for store in (shop.store, away):
        basket = {"store_id": str(store.id), "lines": open_lines}
        found[f"quote at {store.id}"] = shop.client.post("/v1/quotes", json=basket, headers=headers)
        found[f"explain at {store.id}"] = shop.client.post(f"{mine}/explain", json=basket, headers=headers)
        found[f"my menu at {store.id}"] = shop.client.get(f"/v1/me/stores/{store.id}/menu", headers=headers)
    found |= {path: shop.client.get(path, headers=headers) for path in ("/v1/rewards", "/v1/loyalty/programme")}
    found["my stores"] = shop.client.get("/v1/me/stores", headers=headers)
    for usual in shop.client.get("/v1/me/usuals", headers=headers).json["data"]:
        again = shop.client.post(f"/v1/me/usuals/{usual['id']}/quote", json={}, headers=headers)
        found[f"usual {usual['name']}"] = again
    assert {answer.status_code for answer in found.values()} <= {200, 201}
    said = [each["id"] for each in found[mine].json["data"]]
    return {path: _without_own_ids(answer, said) for path, answer in found.items()}


def _without_own_ids(answer: Any, said: list[str]) -> bytes:
    """Return the answer's bytes without the ids that the customer's own quote and preferences have; of a quote that
    names such a preference, without the hash of it all."""
    body: bytes = answer.data
    own = [each for each in said if each in answer.text]
    if b'"hash":' in body:
        quote = answer.json.get("quote", answer.json)  # of a usual it stands beside what differs
        own += [quote["id"]] + [quote["hash"]] * bool(own)
    for each in own:
        body = body.replace(each.encode(), b"own")
    return body


@pytest.fixture
def town(shop: Shop, session: Session, time_machine: Any) -> Town:
    """Two stores."""
    return Town(shop, session, time_machine)


@EXAMPLES
@given(st.lists(visits, min_size=1, max_size=4), SAYINGS)
def test_equal_preferences_and_opposite_histories_are_shown_the_same_bytes(
    town: Town, history: list[Visit], sayings: dict[str, Any]
) -> None:
    one, other = town.two_customers(sayings)
    town.live(one, history)
    town.live(other, [visit.opposite() for visit in history])

    assert town.shown_to(one) == town.shown_to(other)


@EXAMPLES
@given(st.lists(visits, min_size=1, max_size=4), SAYINGS)
def test_deleting_all_history_changes_nothing(
    app: Edge, town: Town, history: list[Visit], sayings: dict[str, Any]
) -> None:
    customer, _ = town.two_customers(sayings)
    town.live(customer, history)
    before = town.shown_to(customer)

    empty_database(app, KEPT | {table.name for table in Base.metadata.sorted_tables} - HISTORY)

    assert town.shown_to(customer) == before


LEAKS = {
    "stores.find_stores": "data",
    "menu.show_menu": "items",
    "quotes.make_quote": "lines",
    "preferences.explain_preferences": "data",
    "my-lists.list_my_stores": "data",
    "rewards.list_rewards": "data",
}


@pytest.mark.broken_on_purpose
@pytest.mark.parametrize("endpoint", LEAKS)
def test_a_list_sorted_by_past_orders_is_found(
    app: Edge, town: Town, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    """The control: somebody ranks by what the caller ordered before."""
    monkeypatch.setitem(app.view_functions, endpoint, _leaking(app.view_functions[endpoint], LEAKS[endpoint]))
    one, other = town.two_customers({})
    town.live(one, [Visit(drink=True, large=True, here=True, minutes=600, outcome="picked_up")])

    assert town.shown_to(one) != town.shown_to(other)


def _leaking(view: Callable[..., Any], ranked: str) -> Callable[..., Any]:
    @functools.wraps(view)
    def leaking(*args: Any, **kwargs: Any) -> Any:
        ordered_before = g.session.scalar(sa.select(sa.func.count()).where(Order.customer_id == g.caller.person_id))
        answer = view(*args, **kwargs)
        if ordered_before:
            body = answer.get_json()
            answer.data = answer.json_module.dumps({**body, ranked: body[ranked][::-1]})
        return answer

    return leaking


def test_what_is_shown_reads_no_history(app: Edge, town: Town) -> None:
    """A quote is kept, and that is all."""
    customer, _ = town.two_customers({"order_rules": {"rules": [{"set": OAT}]}})
    town.shown_to(customer)

    with counted(app) as statements:
        town.shown_to(customer)

    read = [each for each in statements if not each.startswith("INSERT INTO quotes ")]
    assert not [each for each in read if set(re.findall(r"\w+", each)) & HISTORY]


def test_the_other_visit_is_opposite_in_everything() -> None:
    visit = Visit(drink=True, large=False, here=True, minutes=25, outcome="quoted")

    assert visit.opposite() == replace(
        visit, drink=False, large=True, here=False, minutes=WEEK - 25, outcome="cancelled"
    )
