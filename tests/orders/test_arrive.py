"""Orders that wait for their customer's tap: POST /v1/orders/{id}/arrival, and what happens where nobody taps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from importlib import import_module
from threading import Thread, local
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service import clock
from service.db import run_of
from service.http.edge import Edge
from service.orders import actions
from service.orders.actions import planning
from service.orders.models import CapacityClaim, CapacitySlot, Order
from service.orders.rules.firing import HOLD
from service.orders.rules.promise import SLOT, next_slot, slot_of
from service.stores import actions as store_actions
from service.worker import Worker

from .shop import Shop
from .test_races import THREADS, all_at_once, assert_capacity_is_conserved, outcomes

ON_ARRIVAL = {"trigger": "on_arrival", "if_latest": "cancel"}
ON_MY_WAY = {"trigger": "on_my_way", "if_latest": "fire", "minutes": 20}


def tap(shop: Shop, order_id: str, kind: str = "here", *, headers: dict[str, str] | None = None, **body: Any) -> Any:
    """Say that one is on the way or here."""
    return shop.app.test_client().post(
        f"/v1/orders/{order_id}/arrival",
        json={"kind": kind, **body},
        headers=(headers or shop.customer) | {"Idempotency-Key": f"tap-{clock.now().timestamp()}"},
    )


def instant(text: str) -> datetime:
    """Read an instant of an answer."""
    return datetime.fromisoformat(text)


def held_claims(shop: Shop) -> int:
    """Return how many claims there are."""
    with shop.app.database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(CapacityClaim)) or 0


class TestHolding:
    def test_an_order_that_waits_is_promised_nothing_and_holds_no_time(self, shop: Shop) -> None:
        quote = shop.quote(fire=ON_ARRIVAL).json
        order = shop.place(quote["id"]).json

        assert quote["promise"]["window_starts_at"] is None
        assert quote["promise"]["if_tapped_now"]["window_starts_at"]
        assert order["state"] == "held"
        assert order["promise"]["window_starts_at"] is order["promise"]["first_window_starts_at"] is None
        assert order["fire"] == quote["fire"]
        assert (order["fire"]["trigger"], order["fire"]["source"]) == ("on_arrival", {"kind": "customer_choice"})
        assert order["promise"]["fire_at"] == order["fire"]["latest_at"]
        assert order["next_actions"] == ["change", "cancel", "arrive"]
        assert held_claims(shop) == 0
        assert shop.client.get(f"/v1/orders/{order['id']}/promises", headers=shop.customer).json == {"data": []}

    def test_what_was_not_said_comes_from_the_store(self, shop: Shop) -> None:
        later = (next_slot(clock.now()) + 12 * SLOT).isoformat()

        soon, chosen = shop.quote().json["fire"], shop.quote(pickup={"at": later}).json["fire"]

        assert (soon["trigger"], soon["source"]) == ("asap", {"kind": "store_default"})
        assert (chosen["trigger"], chosen["latest_at"]) == ("for_window", None)

    @pytest.mark.parametrize(
        ("fire", "at", "fields"),
        [
            ({"trigger": "for_window"}, False, ["fire.trigger"]),
            ({"trigger": "asap"}, True, ["fire.trigger"]),
            ({"trigger": "on_arrival"}, False, ["fire.if_latest"]),
            ({"trigger": "on_arrival", "if_latest": "cancel"}, True, ["fire.trigger"]),
            ({"trigger": "asap", "minutes": 5}, False, ["fire.minutes"]),
            ({"trigger": "asap", "if_latest": "fire"}, False, ["fire.if_latest"]),
            ({"trigger": "when I feel like it"}, False, ["fire.trigger"]),
            ({"trigger": "on_my_way", "minutes": 0, "if_latest": "fire"}, False, ["fire.minutes"]),
            ({"trigger": "on_arrival", "if_latest": "cancel", "latitude": 40.7}, False, ["fire.latitude"]),
        ],
    )
    def test_a_wrong_choice_names_its_field(self, shop: Shop, fire: dict, at: bool, fields: list[str]) -> None:
        later = (next_slot(clock.now()) + 12 * SLOT).isoformat()

        answer = shop.quote(fire=fire, **({"pickup": {"at": later}} if at else {}))

        assert (answer.status_code, list(answer.json["errors"])) == (422, fields)

    def test_it_waits_no_longer_than_the_store_can_still_make_it(self, app: Edge, session: Session) -> None:
        now = clock.now()
        closes = now.replace(second=0, microsecond=0) + timedelta(hours=2)
        hours = f"00:00-{closes:%H:%M}" if closes.day == now.day else "24/7"
        shop = Shop(app, session, timezone="Etc/UTC", hours=hours)

        latest_at = instant(shop.quote(fire=ON_ARRIVAL).json["fire"]["latest_at"])

        assert latest_at <= now + HOLD + timedelta(seconds=10)
        if closes.day == now.day:
            assert latest_at < closes

    def test_held_orders_can_be_changed_cancelled_and_never_stand_in_the_queue(self, shop: Shop) -> None:
        order = shop.placed(fire=ON_ARRIVAL)
        assert shop.move(order["id"], "fired").status_code == 409
        quote = shop.quote(shop.line(quantity=2), replaces_order_id=order["id"]).json

        changed = shop.change(order["id"], quote["id"]).json

        assert changed["state"] == "placed"
        assert changed["promise"]["first_window_starts_at"] == changed["promise"]["window_starts_at"]
        again = shop.quote(fire=ON_ARRIVAL, replaces_order_id=order["id"]).json
        assert shop.change(order["id"], again["id"]).json["state"] == "held"
        assert held_claims(shop) == 0
        assert shop.cancel(order["id"]).json["state"] == "cancelled"
        assert_capacity_is_conserved(shop.app)


class TestTapping:
    def test_being_here_starts_it_and_only_now_it_is_promised_a_window(self, shop: Shop) -> None:
        order = shop.placed(fire=ON_ARRIVAL)

        released = tap(shop, order["id"]).json

        assert released["state"] == "placed"
        promise = released["promise"]
        assert promise["first_window_starts_at"] == promise["window_starts_at"]
        assert instant(promise["window_starts_at"]) <= clock.now() + 3 * SLOT
        assert list(promise["station_starts"]) == ["bar"]
        assert promise["fire_at"] == promise["station_starts"]["bar"]
        assert released["arrival"]["arrived_at"]
        assert held_claims(shop) == 1
        assert_capacity_is_conserved(shop.app)

    def test_on_the_way_it_is_made_for_the_window_of_the_arrival(self, shop: Shop) -> None:
        order = shop.placed(fire=ON_MY_WAY)
        before = clock.now()

        released = tap(shop, order["id"], "on_my_way", minutes=30).json

        window = instant(released["promise"]["window_starts_at"])
        assert slot_of(before + timedelta(minutes=30)) <= window <= before + timedelta(minutes=31)
        assert released["state"] == "placed"

    def test_the_minutes_of_the_order_hold_where_the_tap_has_none(self, shop: Shop) -> None:
        order = shop.placed(fire=ON_MY_WAY)
        before = clock.now()

        released = tap(shop, order["id"], "on_my_way").json

        assert instant(released["arrival"]["expected_at"]) >= before + timedelta(minutes=20)

    def test_on_the_way_does_not_start_an_order_that_waits_for_the_arrival(self, shop: Shop) -> None:
        order = shop.placed(fire=ON_ARRIVAL)

        noted = tap(shop, order["id"], "on_my_way", minutes=10).json

        assert (noted["state"], noted["arrival"]["arrived_at"]) == ("held", None)
        assert noted["arrival"]["expected_at"]
        assert tap(shop, order["id"]).json["state"] == "placed"

    def test_staff_see_who_is_here_also_where_nothing_waited_for_it_and_saying_it_again_changes_nothing(
        self, shop: Shop
    ) -> None:
        order = shop.placed()
        first = tap(shop, order["id"]).json

        second = tap(shop, order["id"]).json

        assert first["version"] == second["version"] == order["version"] + 1
        assert shop.show(order["id"], shop.barista).json["arrival"]["arrived_at"]

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"kind": "on_my_way"}, "minutes"),
            ({"kind": "here", "minutes": 3}, "minutes"),
            ({"kind": "on_my_way", "minutes": 121}, "minutes"),
            ({"kind": "near"}, "kind"),
            ({"kind": "here", "latitude": 40.7}, "latitude"),
        ],
    )
    def test_a_wrong_tap_names_its_field_and_no_place_is_taken(self, shop: Shop, body: dict, field: str) -> None:
        order = shop.placed(fire=ON_ARRIVAL)

        answer = tap(shop, order["id"], **body)

        assert (answer.status_code, list(answer.json["errors"])) == (422, [field])

    def test_only_its_customer_taps_and_only_while_it_is_open(self, shop: Shop) -> None:
        order = shop.placed(fire=ON_ARRIVAL)

        assert tap(shop, order["id"], headers=shop.other).status_code == 404
        assert tap(shop, order["id"], headers=shop.barista).status_code == 404
        assert tap(shop, order["id"], headers={"X-Nobody": "1"}).status_code == 401
        shop.cancel(order["id"])
        assert tap(shop, order["id"]).json["type"] == "/problems/order-ended"

    def test_where_the_store_takes_no_orders_the_order_goes_on_waiting(self, shop: Shop) -> None:
        order = shop.placed(fire=ON_ARRIVAL)
        store_actions.pause_ordering(shop.session, store_id=shop.store.id, until=None, reason="flood", now=clock.now())
        shop.session.commit()

        answer = tap(shop, order["id"])

        assert (answer.status_code, answer.json["type"]) == (409, "/problems/store-paused")
        assert shop.show(order["id"]).json["state"] == "held"

    def test_twenty_taps_at_once_start_it_once(self, shop: Shop) -> None:
        order = shop.placed(fire=ON_ARRIVAL)

        answers = all_at_once(lambda _: tap(shop, order["id"]), THREADS)

        assert outcomes(answers) == {"200": THREADS}
        assert held_claims(shop) == 1
        assert_capacity_is_conserved(shop.app)

    def test_taps_at_once_for_the_last_seconds_never_exceed_them(self, app: Edge, session: Session) -> None:
        shop = Shop(app, session, stations={"bar": 1, "oven": 1})
        orders = [shop.placed(shop.line(quantity=2), fire=ON_ARRIVAL)["id"] for _ in range(THREADS)]

        answers = all_at_once(lambda index: tap(shop, orders[index]), THREADS)

        assert set(outcomes(answers)) <= {"200", "/problems/no-window"}
        assert outcomes(answers)["200"] >= 10
        assert_capacity_is_conserved(app)


class Rivals:
    """Other customers who tap whenever a tap has planned its window, and are faster to claim what it planned."""

    def __init__(self, shop: Shop, orders: list[str], *, locked_from_run: int) -> None:
        self._locked_from_run = locked_from_run if shop.app.database.is_postgresql else 1
        self.shop, self.waiting, self.answers = shop, list(orders), []  # type: ignore[var-annotated]
        self._mine, self._threads, self._planned = local(), [], planning.promised  # type: ignore[var-annotated]

    def promised(self, session: Session, *planned: Any, **wanted: Any) -> Any:
        """Plan as ever, then let the next rival tap, and go on when it has, or waits for what we locked."""
        found = self._planned(session, *planned, **wanted)
        if not getattr(self._mine, "is_rival", False) and self.waiting:
            rival = Thread(target=self._tap, args=(self.waiting.pop(0),))
            self._threads.append(rival)
            rival.start()
            rival.join(20 if run_of(session)[0] < self._locked_from_run else 0.5)
        return found

    def _tap(self, order_id: str) -> None:
        self._mine.is_rival = True
        self.answers.append(tap(self.shop, order_id, headers=self.shop.other))

    def leave(self) -> None:
        """Wait until every rival was answered."""
        for thread in self._threads:
            thread.join(20)


def tap_against_rivals(
    app: Edge, session: Session, monkeypatch: pytest.MonkeyPatch, *, locked_from_run: int
) -> tuple[Any, Rivals]:
    """Tap for an order that takes a slot of its own, while a rival claims whatever window is planned for it."""
    shop = Shop(app, session, stations={"bar": 1, "oven": 1})
    mine, *others = [
        shop.place(
            shop.quote(shop.line(quantity=4), headers=headers, fire=ON_ARRIVAL).json["id"], headers=headers
        ).json["id"]
        for headers in (shop.customer, *[shop.other] * 5)
    ]
    rivals = Rivals(shop, others, locked_from_run=locked_from_run)
    monkeypatch.setattr(planning, "promised", rivals.promised)
    try:
        answer = tap(shop, mine)
    finally:
        rivals.leave()
    return answer, rivals


def test_a_tap_that_lost_its_window_to_another_locks_what_is_left_and_is_not_refused(
    app: Edge, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, rivals = tap_against_rivals(app, session, monkeypatch, locked_from_run=2)

    assert (answer.status_code, answer.json["state"]) == (200, "placed")
    assert outcomes(rivals.answers) == {"200": len(rivals.answers)}
    assert len(rivals.answers) == (2 if app.database.is_postgresql else 1)  # of the second run, the rival waited
    assert_capacity_is_conserved(app)


@pytest.mark.broken_on_purpose
def test_control_a_tap_that_only_plans_again_loses_every_time(
    app: Edge, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite writers take turns: nobody takes anything between planning and claiming."""
    monkeypatch.setattr(planning, "lock_ahead", lambda *_, **__: None)

    answer, rivals = tap_against_rivals(app, session, monkeypatch, locked_from_run=5)

    if app.database.is_postgresql:
        assert (answer.status_code, answer.json["type"], len(rivals.answers)) == (409, "/problems/no-window", 4)
    else:
        assert answer.status_code == 200


class TestWaitingTooLong:
    def test_what_the_customer_chose_is_done_once_by_two_workers(self, shop: Shop) -> None:
        cancelled = [shop.placed(fire=ON_ARRIVAL)["id"] for _ in range(5)]
        made = [shop.placed(fire=ON_MY_WAY)["id"] for _ in range(5)]
        late = clock.now() + HOLD + SLOT
        workers = [Worker(shop.app.database, {}) for _ in range(2)]

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda worker: [worker.work_once(late) for _ in range(3)], workers))

        for order_id in cancelled:
            assert _steps(shop, order_id) == ["held", "cancelled"]
            assert shop.show(order_id).json["end_reason"] == "not_tapped"
        for order_id in made:
            assert _steps(shop, order_id)[:2] == ["held", "placed"]
            assert _steps(shop, order_id).count("placed") == 1
        assert_capacity_is_conserved(shop.app)

    @pytest.mark.broken_on_purpose
    def test_control_without_the_look_under_the_lock_it_is_done_twice(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = shop.placed(fire=ON_ARRIVAL)
        late = clock.now() + HOLD + SLOT
        room = import_module("service.orders.actions.arrive")
        seen = room.lock_order(shop.session, UUID(order["id"]))
        shop.session.rollback()
        monkeypatch.setattr(room, "lock_order", lambda *_: seen)

        for _ in range(2):
            actions.end_wait(shop.session, order_id=UUID(order["id"]), now=late)
            shop.session.commit()

        assert _steps(shop, order["id"]) == ["held", "cancelled", "cancelled"]

    def test_one_that_can_not_be_made_any_more_is_cancelled(self, shop: Shop) -> None:
        order = shop.placed(fire=ON_MY_WAY)
        store_actions.pause_ordering(shop.session, store_id=shop.store.id, until=None, reason="flood", now=clock.now())
        shop.session.commit()

        Worker(shop.app.database, {}).work_once(clock.now() + HOLD + SLOT)

        ended = shop.show(order["id"]).json
        assert (ended["state"], ended["end_reason"]) == ("cancelled", "not_tapped_and_no_window")

    def test_one_that_was_tapped_in_time_is_left_alone(self, shop: Shop) -> None:
        order = shop.placed(fire=ON_ARRIVAL)
        tap(shop, order["id"])

        assert actions.end_wait(shop.session, order_id=UUID(order["id"]), now=clock.now() + HOLD + SLOT) is False

    def test_the_table_refuses_a_fired_order_without_a_window(self, shop: Shop) -> None:
        shop.placed(fire=ON_ARRIVAL)

        with pytest.raises(sa.exc.IntegrityError, match="fired_has_window"):
            shop.session.execute(sa.update(Order).values(fired_at=clock.now()))
        shop.session.rollback()
        assert shop.session.scalar(sa.select(sa.func.count()).select_from(CapacitySlot)) == 0


def _steps(shop: Shop, order_id: str) -> list[str]:
    receipt = shop.client.get(f"/v1/orders/{order_id}/receipt", headers=shop.customer).json
    return [step["state"] for step in receipt["steps"]]
