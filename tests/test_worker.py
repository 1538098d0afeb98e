"""The worker's steps, where the outside is dark or slow."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service import clock, worker
from service.db import new_id
from service.events import OutboxRow
from service.http.edge import Edge
from service.worker import Worker
from service.worker.chores import Chore
from tests.orders.shop import Shop


def fact(session: Session, *, happened_at: datetime, due_at: datetime | None = None, attempts: int = 0) -> int:
    """Keep a fact; return its sequence."""
    row = OutboxRow(
        name="Lost",
        subject="nothing",
        subject_id=new_id(),
        payload={},
        happened_at=happened_at,
        due_at=due_at,
        attempts=attempts,
    )
    session.add(row)
    session.commit()
    return row.seq


def kept(app: Edge, seq: int) -> OutboxRow | None:
    """Read a fact."""
    with app.database.reading() as session:
        return session.get(OutboxRow, seq)


@pytest.mark.parametrize("attempts", [0, 20, 60, 2_000])
def test_a_fact_that_nobody_carries_is_tried_again_within_the_hour_however_often_it_failed(
    app: Edge, session: Session, attempts: int
) -> None:
    now = clock.now()
    seq = fact(session, happened_at=now, due_at=now, attempts=attempts)

    Worker(app.database, {}).work_once(now)

    row = kept(app, seq)
    assert row is not None
    assert row.last_error == "KeyError"
    assert row.due_at is not None
    assert now < row.due_at <= now + timedelta(hours=1)


def test_a_failure_told_after_the_lease_ran_out_does_not_undo_anothers_success(app: Edge, session: Session) -> None:
    now = clock.now()
    seq = fact(session, happened_at=now, due_at=now)
    ((slow,), _) = worker.claim_due_facts(session, now=now)
    session.commit()
    ((quick,), _) = worker.claim_due_facts(session, now=now + 2 * worker.LEASE)
    worker.settle(session, seq, error=None, attempts=quick.attempts, now=now)
    session.commit()

    worker.settle(session, seq, error="TimeoutError", attempts=1, now=now)
    session.commit()

    row = kept(app, seq)
    assert slow.seq == seq
    assert row is not None
    assert (row.due_at, row.last_error) == (None, None)


def test_facts_are_forgotten_in_bites_and_never_before_they_are_carried(
    app: Edge, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker.outbox, "FACTS_AT_ONCE", 2)
    now, old = clock.now(), clock.now() - timedelta(days=31)
    undelivered = fact(session, happened_at=old, due_at=now + timedelta(hours=1))
    gone = [fact(session, happened_at=old) for _ in range(5)]
    young = fact(session, happened_at=now)

    Worker(app.database, {}).work_once(now)

    assert [kept(app, seq) for seq in gone] == [None] * 5
    assert kept(app, undelivered) is not None
    assert kept(app, young) is not None


def test_orders_are_fired_while_the_mail_server_is_dark(app: Edge, session: Session) -> None:
    shop = Shop(app, session)
    order = shop.placed()
    now = clock.now()
    fact(session, happened_at=now, due_at=now)
    trying, light, stopping = threading.Event(), threading.Event(), threading.Event()

    def deliver(_row: OutboxRow) -> None:
        trying.set()
        light.wait(20)

    running = threading.Thread(target=Worker(app.database, {"Lost": deliver}).run, args=(stopping.is_set,))
    running.start()
    try:
        assert trying.wait(10)
        session.execute(sa.text("UPDATE orders SET fire_at = placed_at"))
        session.commit()
        deadline = time.monotonic() + 5
        while shop.show(order["id"]).json["state"] == "placed" and time.monotonic() < deadline:
            time.sleep(0.05)
        assert shop.show(order["id"]).json["state"] == "fired"
    finally:
        stopping.set()
        light.set()
        running.join(10)


def test_a_clock_that_is_set_back_stops_nothing(app: Edge) -> None:
    looked: list[datetime] = []

    def due(_session: Session, now: datetime) -> list[object]:
        looked.append(now)
        return []

    work, now = Worker(app.database, {}), clock.now()
    instants = [now, now + timedelta(seconds=59), now - timedelta(hours=1), now - timedelta(minutes=59, seconds=30)]
    for every in (timedelta(0), timedelta(minutes=1)):
        looked.clear()
        for instant in instants:
            work.do(Chore(name=f"look every {every}", due=due, work=lambda *_: True, every=every), instant)
        assert looked == (instants if not every else [instants[0], instants[2]])
