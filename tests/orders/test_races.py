"""Races on real threads and real commits: nothing scarce is handed out twice. Each has a control that fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service import clock
from service.http.edge import Edge
from service.menu import actions as menu_actions
from service.menu.models import StockCount
from service.orders.actions import capacity
from service.orders.models import CapacityClaim, CapacitySlot, Order
from service.orders.rules.promise import SLOT, next_slot
from service.worker import Worker

from ..factories import make_store
from .shop import Shop

AT_ONCE = 100
THREADS = 20


def all_at_once(work: Callable[[int], Any], times: int = AT_ONCE) -> list[Any]:
    """Run the work many times on threads that start together; return the results."""
    start = Barrier(THREADS)

    def run(index: int) -> Any:
        if index < THREADS:
            start.wait(10)
        return work(index)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(run, range(times)))


def outcomes(answers: list[Any]) -> Counter[str]:
    """Count the answers by status and problem."""
    return Counter(str(a.status_code) if a.status_code < 300 else a.json["type"] for a in answers)


def test_a_hundred_placements_of_the_last_unit_give_one_order(shop: Shop) -> None:
    menu_actions.count_stock(shop.session, store_id=shop.store.id, item_id=shop.croissant, left=1, now=clock.now())
    shop.session.commit()
    at = (next_slot(clock.now()) + 400 * SLOT).isoformat()
    quotes = [shop.quote(shop.line(shop.croissant), pickup={"at": at}).json["id"] for _ in range(AT_ONCE)]

    answers = all_at_once(lambda index: shop.place(quotes[index]))

    assert outcomes(answers)["201"] == 1
    assert set(outcomes(answers)) == {"201", "/problems/sold-out"}
    with shop.app.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 1
        assert session.scalar(sa.select(StockCount.units_left)) == 0


def test_a_hundred_claims_of_the_last_seconds_never_exceed_them(app: Edge, session: Session) -> None:
    shop = Shop(app, session, stations={"bar": 1, "oven": 1})
    at = (next_slot(clock.now()) + SLOT).isoformat()
    quotes = [shop.quote(shop.line(quantity=2), pickup={"at": at}).json["id"] for _ in range(AT_ONCE)]

    answers = all_at_once(lambda index: shop.place(quotes[index]))

    placed = outcomes(answers)["201"]
    assert placed * 120 <= 2 * 300  # at most two slots of one barista
    assert placed >= 2
    assert_capacity_is_conserved(app)


def test_a_hundred_placements_for_one_window_fill_it_to_the_last_second_that_is_free(
    app: Edge, session: Session
) -> None:
    """All planned the same slot. Who finds it taken plans again, under lock: no run is lost to others twice."""
    shop = Shop(app, session, stations={"bar": 4, "oven": 1})
    at = (next_slot(clock.now()) + 6 * SLOT).isoformat()
    quotes = [shop.quote(pickup={"at": at}).json["id"] for _ in range(AT_ONCE)]
    fits = 2 * 4 * 300 // 60  # two slots

    answers = all_at_once(lambda index: shop.place(quotes[index]))

    assert outcomes(answers) == {"201": fits, "/problems/window-full": AT_ONCE - fits}
    assert_capacity_is_conserved(app)


def assert_capacity_is_conserved(app: Edge) -> None:
    """Every slot holds exactly what open orders claim, and never more than it can."""
    with app.database.reading() as session:
        slots = session.execute(sa.select(CapacitySlot.claimed_seconds, CapacitySlot.capacity_seconds)).all()
        claimed = session.scalar(sa.select(sa.func.coalesce(sa.func.sum(CapacityClaim.seconds), 0)))
    assert all(0 <= taken <= limit for taken, limit in slots)
    assert sum(taken for taken, _ in slots) == claimed


@pytest.mark.broken_on_purpose
def test_control_claims_that_read_first_and_write_later_lose_each_other(
    app: Edge, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken away: a naive claim oversells, or the database's own constraint stops it."""
    shop = Shop(app, session, stations={"bar": 1, "oven": 1})
    at = (next_slot(clock.now()) + SLOT).isoformat()
    quotes = [shop.quote(shop.line(quantity=2), pickup={"at": at}).json["id"] for _ in range(AT_ONCE)]
    monkeypatch.setattr(capacity, "claim", naive_claim)

    answers = all_at_once(lambda index: shop.place(quotes[index]))

    assert outcomes(answers)["201"] * 120 > 2 * 300
    with pytest.raises(AssertionError):
        assert_capacity_is_conserved(app)


def naive_claim(session: Session, store_id: Any, claims: Any) -> Any:
    """What the real one must not be: it forgets to look whether there is room."""
    claimed = {}
    for claim in claims:
        row = session.get(CapacitySlot, (store_id, claim.station, claim.slot_at))
        if row is None:
            new = CapacitySlot(
                store_id=store_id, station=claim.station, slot_at=claim.slot_at,
                claimed_seconds=claim.seconds, capacity_seconds=claim.capacity_seconds,
            )  # fmt: skip
            session.add(new)
        else:
            row.claimed_seconds = min(row.claimed_seconds + claim.seconds, row.capacity_seconds)
        claimed[claim.station, claim.slot_at] = claim.seconds if row is None else row.claimed_seconds
    try:
        session.flush()
    except IntegrityError:
        return None
    return claimed


def test_the_database_itself_refuses_more_than_a_slot_can_hold(shop: Shop) -> None:
    shop.placed()

    with pytest.raises(IntegrityError, match="within_capacity"):
        shop.session.execute(sa.update(CapacitySlot).values(claimed_seconds=CapacitySlot.capacity_seconds + 1))
    shop.session.rollback()


def test_one_key_sent_twenty_times_at_once_is_one_order_and_one_answer(shop: Shop) -> None:
    quote, name, key = shop.quote().json["id"], f"app-{uuid4()}", str(uuid4())

    answers = all_at_once(lambda _: shop.place(quote, client_order_id=name, key=key), THREADS)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    with shop.app.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 1


def test_one_client_order_id_under_twenty_keys_is_one_order(shop: Shop) -> None:
    quote, name = shop.quote().json["id"], f"app-{uuid4()}"

    answers = all_at_once(lambda _: shop.place(quote, client_order_id=name), THREADS)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1


def test_one_quote_under_twenty_names_is_one_order(shop: Shop) -> None:
    quote = shop.quote().json["id"]

    answers = all_at_once(lambda _: shop.place(quote), THREADS)

    assert outcomes(answers) == {"201": 1, "/problems/quote-used": THREADS - 1}


def test_cancelling_and_firing_at_once_ends_in_one_of_both(shop: Shop) -> None:
    orders = [shop.placed()["id"] for _ in range(20)]

    answers = all_at_once(lambda i: shop.cancel(orders[i // 2]) if i % 2 else shop.move(orders[i // 2], "fired"), 40)

    for first, second in zip(answers[::2], answers[1::2], strict=True):
        assert sorted([first.status_code, second.status_code]) == [200, 409]
    assert_capacity_is_conserved(shop.app)


def test_twenty_orders_that_move_to_a_store_with_room_for_ten_are_ten_there_and_ten_where_they_were(
    app: Edge, session: Session
) -> None:
    shop, there = Shop(app, session), make_store(session, stations={"bar": 1, "oven": 1})
    at = (next_slot(clock.now()) + 12 * SLOT).isoformat()
    orders = [shop.placed(pickup={"at": at})["id"] for _ in range(THREADS)]
    quotes = [
        shop.quote(store_id=str(there.id), pickup={"at": at}, replaces_order_id=order).json["id"] for order in orders
    ]

    answers = all_at_once(lambda index: shop.change(orders[index], quotes[index]), THREADS)

    assert outcomes(answers) == {"200": 10, "/problems/window-full": 10}  # two slots of one barista
    stores = Counter(shop.show(order).json["store"]["id"] for order in orders)
    assert stores == {str(there.id): 10, str(shop.store.id): 10}
    assert_capacity_is_conserved(app)
    with app.database.reading() as reading:
        held = dict(
            reading.execute(
                sa.select(CapacityClaim.store_id, sa.func.sum(CapacityClaim.seconds)).group_by(CapacityClaim.store_id)
            ).all()
        )
    assert held == {shop.store.id: 600, there.id: 600}


def deadlocks_of_two_orders_that_swap_windows(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> int:
    """Change two orders at once, each to the other's window, both pausing where they have given back their own time;
    return how often the database had to end a deadlock."""
    found: list[str | None] = []

    def note(context: Any) -> None:
        found.append(getattr(context.original_exception, "sqlstate", None))

    first, second = ((next_slot(clock.now()) + slots * SLOT).isoformat() for slots in (12, 24))
    # Of two customers: those of one take turns.
    whose, quotes = {}, {}
    for at, headers in ((first, shop.customer), (second, shop.other)):
        quote = shop.quote(pickup={"at": at}, headers=headers).json["id"]
        whose[shop.place(quote, headers=headers).json["id"]] = headers
    for (order, headers), at in zip(whose.items(), (second, first), strict=True):
        quotes[order] = shop.quote(pickup={"at": at}, replaces_order_id=order, headers=headers).json["id"]
    both, gives_back = Barrier(2), capacity.give_back

    def give_back(*given: Any) -> None:
        gives_back(*given)
        with suppress(BrokenBarrierError):
            both.wait(0.5)

    monkeypatch.setattr(capacity, "give_back", give_back)
    sa.event.listen(shop.app.database.engine, "handle_error", note)
    try:
        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(lambda one: shop.change_apart(one, quotes[one], headers=whose[one]), quotes))
    finally:
        sa.event.remove(shop.app.database.engine, "handle_error", note)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert_capacity_is_conserved(shop.app)
    return found.count("40P01")


def test_two_orders_that_swap_their_windows_never_wait_for_each_other_in_a_circle(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deadlocks_of_two_orders_that_swap_windows(shop, monkeypatch) == 0


def test_control_without_locking_all_slots_first_they_do(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite writers take turns anyway."""
    monkeypatch.setattr(capacity, "lock_slots", lambda *_: None)

    found = deadlocks_of_two_orders_that_swap_windows(shop, monkeypatch)

    assert found == (1 if shop.app.database.is_postgresql else 0)


def test_two_refunds_at_once_never_give_back_more_than_was_paid(shop: Shop) -> None:
    order = shop.finished()
    paid = order["tender"]["paid"]["amount_minor"]
    most = paid // 2 + 1

    answers = all_at_once(lambda _: shop.refund(order["id"], amount_minor=most), THREADS)

    assert outcomes(answers) == {"201": 1, "/problems/nothing-to-refund": THREADS - 1}


def test_two_baristas_bumping_one_order_move_it_once(shop: Shop) -> None:
    order = shop.placed()

    answers = all_at_once(lambda _: shop.move(order["id"], "fired"), THREADS)

    assert outcomes(answers) == {"200": 1, "/problems/transition-refused": THREADS - 1}


def test_two_workers_fire_every_due_order_exactly_once(shop: Shop) -> None:
    orders = [shop.placed()["id"] for _ in range(30)]
    later = clock.now() + 4 * SLOT
    workers = [Worker(shop.app.database, {}) for _ in range(2)]

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda worker: [worker.work_once(later) for _ in range(5)], workers))

    for order_id in orders:
        answer = shop.client.get(f"/v1/orders/{order_id}/receipt", headers=shop.customer).json
        assert [step["state"] for step in answer["steps"]] == ["placed", "fired"]


@pytest.fixture
def storm(shop: Shop) -> Iterator[Shop]:
    """The shop, checked after the storm."""
    yield shop
    assert_capacity_is_conserved(shop.app)


def test_a_storm_of_placing_changing_cancelling_and_moving_conserves_everything(storm: Shop) -> None:
    menu_actions.count_stock(storm.session, store_id=storm.store.id, item_id=storm.croissant, left=15, now=clock.now())
    storm.session.commit()

    def life(index: int) -> None:
        quote = storm.quote(storm.line(), storm.line(storm.croissant))
        if quote.status_code != 201:
            return
        placed = storm.place(quote.json["id"])
        if placed.status_code != 201:
            return
        order_id = placed.json["id"]
        if index % 3 == 0:
            storm.cancel(order_id)
        elif index % 3 == 1:
            other = storm.quote(storm.line(quantity=2), replaces_order_id=order_id)
            if other.status_code == 201:
                storm.change(order_id, other.json["id"])
        else:
            storm.move(order_id, "fired")

    all_at_once(life, 60)

    with storm.app.database.reading() as session:
        left = session.scalar(sa.select(StockCount.units_left))
        held = session.scalar(
            sa.text(
                "SELECT coalesce(sum(quantity), 0) FROM order_lines JOIN orders ON orders.id = order_id "
                "WHERE counted_stock AND state <> 'cancelled'"
            )
        )
    assert left + held == 15


def test_the_worker_carries_a_fact_outward_once_and_again_where_it_failed(shop: Shop) -> None:
    order = shop.placed()
    shop.session.execute(sa.text("UPDATE outbox SET due_at = happened_at WHERE name = 'OrderPlaced'"))
    shop.session.commit()
    tried: list[str] = []

    def deliver(row: Any) -> None:
        tried.append(str(row.subject_id))
        if len(tried) == 1:
            raise ConnectionError("the mail server is dark")

    worker = Worker(shop.app.database, {"OrderPlaced": deliver})
    now = clock.now()
    worker.work_once(now)
    worker.work_once(now)  # not due again yet
    worker.work_once(now + SLOT)
    worker.work_once(now + 2 * SLOT)

    assert tried == [order["id"], order["id"]]
