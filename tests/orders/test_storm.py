"""A storm of everything that can happen to orders, in random order: time, stock and states add up after all of it.

The seed is in the test's name; the campaign runs more of them. A longer one: STORM_SEEDS=50.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from service import clock
from service.db import Again, is_transient
from service.errors import Refusal
from service.http.edge import Edge
from service.menu import actions as menu_actions
from service.menu.models import StockCount
from service.orders import actions
from service.orders.actions import capacity
from service.orders.models import (
    CapacityClaim,
    CapacitySlot,
    Order,
    OrderAsk,
    OrderLine,
    OrderTransition,
    PromiseEntry,
    WalkIn,
)
from service.orders.rules.promise import SLOT, next_slot
from service.orders.rules.states import ENDED, TRANSITIONS, State
from service.pickup import actions as pickup
from service.worker import Worker

from .shop import Shop

SEEDS = int(os.environ.get("STORM_SEEDS", "4"))
STEPS = 120
STOCK = 40
AT_ONCE = 4


class Storm:
    """A store whose customers, staff and worker do anything at any time; the clock goes on by minutes."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop, self.random = shop, random.Random(seed)
        self.now = clock.now()
        self.worker = Worker(shop.app.database, {})
        self.customer_id, self.staff_id = uuid4(), uuid4()
        self.pace = [0, 5, 40, 90, 240]
        self.did: Counter[str] = Counter()
        self.ways: list[Callable[[Session], Any]] = [
            *[self.place] * 5, self.change, self.change, self.cancel, *[self.tap] * 2, *[self.reject] * 3, self.answer,
            self.answer, *[self.bump] * 5, self.move, self.accept, self.remake, self.walk_in, self.end_walk_in,
            self.sell_out, self.rush,
        ]  # fmt: skip

    def step(self) -> None:
        """Do one thing, or let the worker do what is due; whatever is refused changes nothing."""
        self.now += timedelta(seconds=self.random.choice(self.pace))
        if self.random.random() < 0.2:
            self.work(self.now)
            return
        way = self.random.choice(self.ways)
        with self.shop.app.database.writing() as session:
            try:
                way(session)
                session.commit()
                self.did[way.__name__] += 1
            except (Refusal, Again):
                session.rollback()
            except DBAPIError as error:
                session.rollback()
                if not is_transient(error):
                    raise

    def work(self, at: datetime) -> None:
        """Let the worker do what is due; none of its steps may fail."""
        with capture_logs() as logs:
            self.worker.fire(at)
            self.worker.follow_up(at)
        assert not [entry for entry in logs if entry["log_level"] in {"error", "warning"}]

    def _any(self, session: Session, *states: State, is_own: bool = False) -> UUID | None:
        wanted = sa.select(Order.id).order_by(Order.id)
        if is_own:
            wanted = wanted.where(Order.customer_id == self.customer_id)
        if states:
            wanted = wanted.where(Order.state.in_(states))
        found = session.scalars(wanted).all()
        return self.random.choice(found) if found else None

    def _basket(self) -> dict[str, Any]:
        def line(item_id: UUID) -> dict[str, Any]:
            do = self.random.choice(["ask", "closest", "refund_line", "cancel_order"])
            other = self.shop.croissant if item_id == self.shop.flat_white else self.shop.flat_white
            named = [{"item_id": other}, {"item_id": self.shop.flat_white, "size_id": self.shop.large}]
            chosen = {"do": do, "substitutes": named, "avoid": []}
            quantity = self.random.choice([1, 1, 2, 4])
            return {"item_id": item_id, "quantity": quantity, "if_unavailable": chosen}

        items = self.random.choices([self.shop.flat_white, self.shop.croissant], k=self.random.choice([1, 1, 2, 3]))
        basket: dict[str, Any] = {"lines": [line(item) for item in items], "fire": None}
        pickup: dict[str, Any] = {"if_not_collected": self.random.choice([None, "remake_once", "cancel"])}
        kind = self.random.random()
        if kind < 0.3:
            pickup["at"] = next_slot(self.now) + self.random.choice([1, 2, 3, 8]) * SLOT
        elif kind < 0.5:
            trigger, if_latest = self.random.choice(["on_my_way", "on_arrival"]), self.random.choice(["fire", "cancel"])
            minutes = 10 if trigger == "on_my_way" else None
            basket["fire"] = {"trigger": trigger, "minutes": minutes, "if_latest": if_latest}
        return basket | {"pickup": pickup}

    def _quote(self, session: Session, replaces: UUID | None = None) -> UUID:
        quote = actions.make_quote(
            session, customer_id=self.customer_id, store_id=self.shop.store.id, replaces_order_id=replaces,
            quote_seconds=300, now=self.now, **self._basket(),
        )  # fmt: skip
        session.commit()
        return UUID(quote["id"])

    def place(self, session: Session) -> None:
        quote_id = self._quote(session)
        actions.place_order(
            session, customer_id=self.customer_id, quote_id=quote_id, client_order_id=str(uuid4()), quote_seconds=300,
            now=self.now + timedelta(seconds=self.random.choice([0, 0, 20])),
        )  # fmt: skip

    def change(self, session: Session) -> None:
        order_id = self._any(session, State.PLACED, State.SCHEDULED, State.HELD, is_own=True)
        if order_id:
            quote_id = self._quote(session, order_id)
            actions.change_order(
                session, order_id=order_id, customer_id=self.customer_id, quote_id=quote_id, quote_seconds=300,
                now=self.now,
            )  # fmt: skip

    def cancel(self, session: Session) -> None:
        if order_id := self._any(session, is_own=True):
            actions.cancel_order(session, order_id=order_id, customer_id=self.customer_id, reason=None, now=self.now)

    def tap(self, session: Session) -> None:
        if order_id := self._any(session, *(set(State) - ENDED), is_own=True):
            kind, minutes = self.random.choice([("here", None), ("on_my_way", 7)])
            actions.arrive(
                session, order_id=order_id, customer_id=self.customer_id, kind=kind, minutes=minutes, now=self.now
            )

    def reject(self, session: Session) -> None:
        if order_id := self._any(session, *(set(State) - ENDED)):
            positions = session.scalars(sa.select(OrderLine.position).where(OrderLine.order_id == order_id)).all()
            lines = self.random.sample(positions, k=self.random.randint(1, len(positions)))
            actions.reject_lines(
                session, order_id=order_id, store_ids=None, lines=lines, reason="dropped", actor_id=self.staff_id,
                now=self.now,
            )  # fmt: skip

    def answer(self, session: Session) -> None:
        asks = (
            session.execute(
                sa.select(OrderAsk)
                .join(Order, Order.id == OrderAsk.order_id)
                .where(OrderAsk.answered_at.is_(None), Order.customer_id == self.customer_id)
            )
            .scalars()
            .all()
        )
        if asks:
            ask = self.random.choice(asks)
            answer = self.random.choice(["substitute-1", "substitute-2", "refund_line", "cancel_order"])
            actions.answer_ask(
                session, order_id=ask.order_id, customer_id=self.customer_id, number=ask.number, answer=answer,
                now=self.now,
            )  # fmt: skip

    def bump(self, session: Session) -> None:
        if order_id := self._any(session, State.FIRED, State.IN_PREPARATION, State.READY, State.CANCELLED):
            pickup.touch_ticket(
                session, store_id=self.shop.store.id, order_id=order_id, position=self.random.choice([None, 1, 2]),
                station=None, kind=self.random.choice(["bump", "bump", "start", "recall"]), by=self.staff_id,
                now=self.now,
            )  # fmt: skip

    def rush(self, session: Session) -> None:
        if order_id := self._any(session):
            pickup.rush_order(
                session, store_id=self.shop.store.id, order_id=order_id, rush=True, by=self.staff_id, now=self.now
            )

    def move(self, session: Session) -> None:
        if order_id := self._any(session):
            to = self.random.choice([State.FIRED, State.READY, State.PICKED_UP, State.PICKED_UP, State.REJECTED])
            actions.move_order(
                session, order_id=order_id, store_ids=None, to=to, reason=None, actor_id=self.staff_id, now=self.now
            )

    def accept(self, session: Session) -> None:
        found = session.execute(
            sa.select(Order.id, Order.proposal).where(
                Order.proposal.is_not(None), Order.customer_id == self.customer_id
            )
        ).first()
        if found:
            actions.accept_revision(
                session, order_id=found.id, customer_id=self.customer_id, number=found.proposal, now=self.now
            )

    def remake(self, session: Session) -> None:
        if order_id := self._any(session, State.NO_SHOW, is_own=True):
            actions.remake_order(session, order_id=order_id, customer_id=self.customer_id, now=self.now)

    def walk_in(self, session: Session) -> None:
        seconds = {"bar": self.random.choice([40, 200]), "oven": 90}
        actions.register_walk_in(session, store_id=self.shop.store.id, work_seconds=seconds, label=None, now=self.now)

    def end_walk_in(self, session: Session) -> None:
        found = session.scalars(sa.select(WalkIn.id).order_by(WalkIn.id)).all()
        if found:
            actions.end_walk_in(
                session, store_id=self.shop.store.id, walk_in_id=self.random.choice(found), now=self.now
            )

    def sell_out(self, session: Session) -> None:
        store_id, item_id = self.shop.store.id, self.random.choice([self.shop.flat_white, self.shop.croissant])
        if self.random.random() < 0.5:
            menu_actions.mark_sold_out(
                session, store_id=store_id, kind="item", subject_id=item_id,
                until=self.now + timedelta(minutes=self.random.choice([2, 30])), now=self.now,
            )  # fmt: skip
        else:
            menu_actions.mark_available(session, store_id=store_id, kind="item", subject_id=item_id, now=self.now)


def assert_all_adds_up(app: Edge) -> None:
    """Assert what holds after every step."""
    with app.database.reading() as session:
        slots = {
            (row.station, row.slot_at): row.claimed_seconds
            for row in session.execute(sa.select(CapacitySlot.__table__))
        }
        held: Counter[tuple[str, datetime]] = Counter()
        by_order: Counter[UUID] = Counter()
        for claim in session.execute(sa.select(CapacityClaim.__table__)):
            held[claim.station, claim.slot_at] += claim.seconds
            by_order[claim.order_id] += claim.seconds
        for walk_in in session.execute(sa.select(WalkIn.__table__).where(WalkIn.ended_at.is_(None))):
            for station, slot_at, seconds in walk_in.claims:
                held[station, datetime.fromisoformat(slot_at)] += seconds
        assert {key: seconds for key, seconds in slots.items() if seconds} == dict(held)
        for order in session.execute(sa.select(Order.__table__)).mappings():
            assert_order_adds_up(session, order, by_order[order["id"]])
        counted = sa.select(sa.func.coalesce(sa.func.sum(OrderLine.quantity), 0)).join(Order)
        never_made = Order.fired_at.is_(None) & Order.state.in_(ENDED)
        taken = session.scalar(counted.where(OrderLine.counted_stock, ~never_made)) or 0
        lost = session.scalar(sa.select(StockCount.units_left))
        assert lost is not None
        assert 0 <= lost + taken <= STOCK  # what was rejected was not there


def assert_order_adds_up(session: Session, order: Any, claimed: int) -> None:
    """Assert what holds for one order."""
    state = State(order["state"])
    work = order["making"]["work"]
    assert set(order["making"]["station_starts"]) == (set(work) if order["window_starts_at"] else set())
    if state in ENDED | {State.READY, State.HELD}:
        assert claimed == 0
    elif order["remade_at"] is None and order["ready_at"] is None:
        assert claimed == sum(work.values())
    lines = session.execute(sa.select(OrderLine.__table__).where(OrderLine.order_id == order["id"])).mappings().all()
    assert order["total_minor"] == sum(line["paid_minor"] for line in lines)
    asked = session.scalars(
        sa.select(OrderAsk.position).where(OrderAsk.order_id == order["id"], OrderAsk.answered_at.is_(None))
    ).all()
    assert {line["position"] for line in lines if line["struck_at"] is None} >= set(asked)
    steps = session.execute(
        sa.select(OrderTransition.from_state, OrderTransition.to_state, OrderTransition.actor)
        .where(OrderTransition.order_id == order["id"])
        .order_by(OrderTransition.id)
    ).all()
    assert steps[-1].to_state == state
    assert [step.from_state for step in steps[1:]] == [step.to_state for step in steps[:-1]]
    for step in steps[1:]:
        edge = (State(step.from_state), State(step.to_state))
        is_change = step.actor == "customer" and {*edge} <= {State.PLACED, State.SCHEDULED, State.HELD}
        is_free = step.actor == "customer" and edge[1] is State.CANCELLED  # a promise that could not be kept
        assert is_change or is_free or step.actor in TRANSITIONS[edge]
    kinds = session.scalars(sa.select(PromiseEntry.kind).where(PromiseEntry.order_id == order["id"])).all()
    assert len({"kept", "missed"} & set(kinds)) == (order["outcome"] is not None)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.campaign) for seed in range(1, SEEDS))])
def test_after_a_storm_everything_adds_up(app: Edge, session: Session, seed: int) -> None:
    shop = Shop(app, session, stations={"bar": 2, "oven": 1}, walk_in_percent=15)
    menu_actions.count_stock(session, store_id=shop.store.id, item_id=shop.croissant, left=STOCK, now=clock.now())
    session.commit()
    storm = Storm(shop, seed)

    for _ in range(STEPS):
        storm.step()
        assert_all_adds_up(app)

    assert len(storm.did) >= 10, storm.did
    for days in (2, 4):
        storm.work(storm.now + timedelta(days=days))
    assert_all_adds_up(app)
    with app.database.reading() as looking:
        assert set(looking.scalars(sa.select(Order.state))) <= ENDED  # nothing is stuck
        assert not sum(looking.scalars(sa.select(CapacitySlot.claimed_seconds)))


def test_storms_at_once_add_up_and_never_wait_for_each_other_in_a_circle(app: Edge, session: Session) -> None:
    shop = Shop(app, session, stations={"bar": 2, "oven": 1}, walk_in_percent=15)
    menu_actions.count_stock(session, store_id=shop.store.id, item_id=shop.croissant, left=STOCK, now=clock.now())
    session.commit()
    storms = [Storm(shop, 1_000 + number) for number in range(AT_ONCE)]
    for storm in storms:
        storm.pace = [30]

    def run(storm: Storm) -> None:
        for _ in range(STEPS // 2):
            storm.step()

    def note(context: Any) -> None:
        refused.append(getattr(context.original_exception, "sqlstate", None))

    refused: list[str | None] = []
    sa.event.listen(app.database.engine, "handle_error", note)
    try:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(run, storms))
    finally:
        sa.event.remove(app.database.engine, "handle_error", note)

    assert_all_adds_up(app)
    assert refused.count("40P01") == 0
    assert sum(sum(storm.did.values()) for storm in storms) > STEPS


@pytest.mark.broken_on_purpose
def test_control_where_a_cancelled_order_gives_nothing_back_it_shows(
    app: Edge, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity, "release_order", lambda *_: None)

    with pytest.raises(AssertionError):
        test_after_a_storm_everything_adds_up(app, session, 1)
