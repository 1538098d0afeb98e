"""Telling: at least once with one name, by one worker at a time, to nobody but the customer, and not for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import sqlalchemy as sa

from service import clock, events
from service.events import OutboxRow
from service.http.edge import Edge
from service.notifications.carrying import MOST_ATTEMPTS
from service.notifications.models import Notification, PushSubscription
from service.orders.actions import forget_order
from tests.counting import counted
from tests.orders.errand import Errand
from tests.orders.test_reject_lines import policy
from tests.preferences.voice import Voice

from .conftest import Ear, order_id


def started(ear: Ear) -> dict[str, Any]:
    """Have the store start on an order."""
    order = ear.shop.placed()
    assert ear.shop.move(order["id"], "fired").status_code == 200
    return order


def due(app: Edge) -> list[str]:
    """Return the facts that are still to be carried."""
    with app.database.reading() as session:
        return list(session.scalars(sa.select(OutboxRow.name).where(OutboxRow.due_at.is_not(None))))


def subscriptions(app: Edge) -> int:
    with app.database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(PushSubscription)) or 0


def test_many_workers_at_once_tell_it_once(ear: Ear) -> None:
    ear.wants("started")
    for _ in range(3):
        started(ear)
    ear.at = clock.now()
    workers, barrier = [ear.worker() for _ in range(4)], Barrier(4)

    def carry(number: int) -> None:
        barrier.wait()
        for _ in range(6):
            workers[number].carry(ear.at)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(carry, range(4)))
    ear.carry(ear.at + timedelta(minutes=10))

    assert [len(each) for each in ear.heard()] == [3, 3]
    assert len(set(ear.service.topics)) == 3


def test_a_fact_that_is_carried_again_after_a_crash_is_not_told_again(ear: Ear) -> None:
    ear.wants("started")
    started(ear)
    ear.carry()
    with ear.app.database.writing.begin() as session:
        session.execute(sa.update(OutboxRow).where(OutboxRow.name == "OrderMoved").values(due_at=clock.now()))

    ear.carry()

    assert [len(each) for each in ear.heard()] == [1, 1]


def test_without_its_row_it_would_be_told_again(ear: Ear) -> None:
    """The control of the test above."""
    ear.wants("started")
    started(ear)
    ear.carry()
    with ear.app.database.writing.begin() as session:
        session.execute(sa.delete(Notification))
        session.execute(sa.update(OutboxRow).where(OutboxRow.name == "OrderMoved").values(due_at=clock.now()))

    ear.carry()

    assert [len(ear.pushed()), len(ear.service.topics)] == [2, 2]


def test_a_push_service_that_is_down_is_tried_again_by_the_same_name(ear: Ear) -> None:
    ear.wants("started", channels=("push",))
    order = started(ear)
    ear.service.answer = 503
    ear.carry()
    assert (ear.pushed(), due(ear.app)) == ([], ["NotificationDue"])

    ear.service.answer = 201
    ear.carry(clock.now() + timedelta(minutes=1))

    assert ear.heard()[0] == [f"Order {order['code']} is being made"]
    assert len(ear.service.topics) == 2
    assert len(set(ear.service.topics)) == 1
    assert due(ear.app) == []


def test_what_nobody_takes_is_dropped_at_last(ear: Ear) -> None:
    ear.wants("started", channels=("push",))
    started(ear)
    ear.service.answer = 503
    ear.carry()
    with ear.app.database.writing.begin() as session:
        waiting = sa.update(OutboxRow).where(OutboxRow.name == "NotificationDue")
        session.execute(waiting.values(attempts=MOST_ATTEMPTS))

    ear.carry(clock.now() + timedelta(minutes=1))

    assert [each.outcome for each in ear.notifications()] == ["dropped"]
    assert due(ear.app) == []


def test_a_device_that_is_gone_is_forgotten(ear: Ear) -> None:
    ear.wants("started", channels=("push",))
    started(ear)
    ear.service.answer = 410

    ear.carry()

    assert (subscriptions(ear.app), due(ear.app)) == (0, [])


def test_a_device_that_was_signed_out_hears_nothing(ear: Ear) -> None:
    ear.wants("started")
    order = started(ear)
    ear.app.test_client().delete("/v1/sessions/current", headers=ear.shop.customer)

    ear.carry()

    assert ear.heard() == ([], [f"Order {order['code']} is being made"])


def test_ones_own_cancellation_is_not_told(ear: Ear) -> None:
    ear.wants("ended")
    assert ear.shop.cancel(ear.shop.placed()["id"]).status_code == 200
    asked = ear.shop.placed()
    ear.shop.reject(asked["id"], 1)
    assert ear.shop.answer(asked["id"], 1, "cancel_order").status_code == 200

    ear.carry()

    assert ear.heard() == ([], [])


def test_a_cancellation_that_follows_from_what_was_chosen_before_is_told(ear: Ear) -> None:
    ear.wants("ended")
    order = ear.shop.placed(ear.shop.line(if_unavailable=policy("cancel_order")))
    ear.shop.reject(order["id"], 1)

    ear.carry()

    assert ear.heard()[0] == [f"Order {order['code']} has ended"]


def test_a_forgotten_order_is_told_to_nobody(ear: Ear) -> None:
    ear.wants("refunded")
    ear.voice.say("retention", days=1)
    order = ear.shop.finished()
    ear.shop.refund(order["id"], amount_minor=100)
    with ear.app.database.writing.begin() as session:
        assert forget_order(session, order_id=order_id(order), now=clock.now() + timedelta(days=2))

    ear.carry()

    assert ear.heard() == ([], [])
    assert due(ear.app) == []


def test_who_orders_for_somebody_is_told_nothing_and_the_somebody_is(ear: Ear) -> None:
    errand = Errand(ear.shop)
    for headers in (ear.shop.customer, errand.alone):  # Jane's, and Ana's who orders for her
        said = [{"moment": "started", "channels": ["mail"]}]
        assert Voice(ear.shop, headers).say("notifications", moments=said).status_code == 200
    order = errand.placed()
    assert ear.shop.move(order["id"], "fired").status_code == 200

    ear.carry()

    assert [mail["to"] for mail in ear.mailed() if order["code"] in mail["subject"]] == [errand.jane.email]


def test_a_message_says_nothing_of_who_or_what(ear: Ear) -> None:
    ear.wants("started")
    order = ear.shop.placed(pickup={"alias": "Jo"})
    ear.shop.move(order["id"], "fired")
    ear.carry()

    (message,), (mail,) = ear.pushed(), ear.mailed()
    said = " ".join((message["title"], message["body"], mail["subject"], mail["body"]))
    assert order["code"] in said
    assert "Jo" not in said
    assert "Flat white" not in said


def test_what_nobody_asked_for_costs_a_worker_three_statements_however_many_they_are(ear: Ear) -> None:
    for _ in range(4):
        order = started(ear)
        ear.shop.move(order["id"], "ready")
    with ear.app.database.reading() as session:
        rows = list(session.scalars(sa.select(OutboxRow).where(OutboxRow.name == "OrderMoved")))
        with counted(ear.app) as statements:
            (unheard,) = events.unheard
            found = unheard(session, rows)

    assert len(found) == len(rows) >= 8
    assert len([each for each in statements if each.startswith("SELECT")]) <= 3
    ear.carry()
    assert due(ear.app) == []
