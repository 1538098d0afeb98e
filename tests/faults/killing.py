"""A process in which somebody pays, or the worker works, and which is killed (-9) on the way:
`python -m tests.faults.killing FOLDER`.

Each line of its input is an errand, as JSON. First it is done undisturbed, here, and every point that was reached is
told; then again, for somebody else, in a child that kills itself at one of those points. So no new step is forgotten.

A point is a commit that is about to be sent, a commit that is done, or a step that the driver of payments names; where
an errand is walked finely, each statement that writes, too (of those that read a cache spares some, now and then). What
a killed process leaves is what was committed until then: killed before each commit of something, and at the end, it has
left everything that it can leave.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from service import create_app
from service.db import WritingSession
from service.http.edge import Edge
from service.orders import actions as orders
from service.payments.driving import Payments
from service.payments.providers import providers_of
from service.payments.providers.port import Asked
from service.payments.rules.timing import GRACE
from service.worker import FOLLOWING_UP, Worker
from tests.conftest import settings_for

BEFORE_COMMIT, COMMITTED, DONE = "before commit", "committed", "done"
WRITING = ("INSERT", "UPDATE", "DELETE")
FINE = (*WRITING, "COMMIT", "SAVEPOINT", "RELEASE")
ABOUT_MONEY = ("settle changes", "expire holds")
HASTY_MINOR = 437

Step = dict[str, Any]


@dataclass
class Walk:
    """The points that are reached; `stop` is told of each by its number and name, and may end the process there."""

    is_fine: bool = False
    writes: bool = False
    reached: list[str] = field(default_factory=list)
    stop: Callable[[int, str], object] = lambda _number, _name: None

    def reach(self, name: str) -> None:
        """Come to a point."""
        self.reached.append(name)
        self.stop(len(self.reached) - 1, name)

    def commit(self, session: Session) -> None:
        """Come to a commit: one of something, unless nothing was written."""
        writes = self.writes or session.new or session.dirty or session.deleted
        self.writes = False
        self.reach(BEFORE_COMMIT if writes else "before a commit of nothing")

    def execute(self, statement: str) -> None:
        """Come to a statement: a point only where the walk is fine, and it doesn't only read."""
        self.writes = self.writes or statement.lstrip().startswith(WRITING)
        if self.is_fine and statement.lstrip().startswith(FINE):
            self.reach(" ".join(statement.split()[:3]))


walk = Walk()


def main(folder: str) -> None:
    """Do each errand that is read; print how it ended, and the points that were reached."""
    event.listen(WritingSession, "before_commit", lambda session: walk.commit(session), insert=True)
    event.listen(WritingSession, "after_commit", lambda _session: walk.reach(COMMITTED))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what the service logs is no answer
    for line in sys.stdin:
        errand = json.loads(line)
        app = application(errand["database_url"], folder)
        ended = in_a_child(app, errand) if errand["kill_at"] is not None else undisturbed(app, errand)
        print(json.dumps(ended), file=answers, flush=True)


@cache
def application(database_url: str, folder: str) -> Edge:
    """Return the service on the database, whose driver of payments tells of each step."""
    settings = settings_for(database_url, Path(folder))
    app = create_app(settings)
    providers = providers_of(settings, app.database)
    app.extensions["sayso.payments"] = Payments(
        app.database, providers, current=settings.payment_provider, at=lambda step: walk.reach(step)
    )
    for engine in engines(app):
        event.listen(engine, "before_cursor_execute", lambda *told: walk.execute(told[2]))
    return app


def engines(app: Edge) -> list[sa.Engine]:
    """Return the engines: SQLite's reading one hears what the writing one hears."""
    database = app.database
    return [database.engine, database.reading_engine] if database.is_postgresql else [database.engine]


def undisturbed(app: Edge, errand: dict[str, Any]) -> dict[str, Any]:
    """Do all of an errand; no connection is left for the children to share."""
    walk.__init__(is_fine=errand["is_fine"])  # type: ignore[misc]
    statuses = do(app, errand["steps"])
    walk.reach(DONE)
    app.database.dispose()
    gc.freeze()  # a child that collects nothing copies nothing
    return {"reached": walk.reached, "statuses": statuses}


def in_a_child(app: Edge, errand: dict[str, Any]) -> dict[str, Any]:
    """Do an errand in a child that kills itself at a point."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        be_killed(app, errand, lambda told: os.write(writing, f"{told}\n".encode()))
    os.close(writing)
    with os.fdopen(reading) as heard:
        told = heard.read().splitlines()
    _, status = os.waitpid(child, 0)
    connections = [int(each.split()[1]) for each in told if each.startswith("connection ")]
    return {
        "ended": os.waitstatus_to_exitcode(status),
        "at": told[-1] if told else None,
        "connections": connections,
    }


def be_killed(app: Edge, errand: dict[str, Any], tell: Callable[[str], object]) -> None:
    """Do an errand up to a point, and die there; tell which it was, and whom the database served."""

    def stop(number: int, name: str) -> None:
        if number == errand["kill_at"]:
            tell(name)
            os.kill(os.getpid(), signal.SIGKILL)

    if app.database.is_postgresql:
        for engine in engines(app):
            event.listen(engine, "connect", lambda made, _: tell(f"connection {made.info.backend_pid}"))
    if errand["is_hasty"]:
        charge_first(app)
    walk.__init__(is_fine=errand["is_fine"], stop=stop)  # type: ignore[misc]
    do(app, errand["steps"])
    walk.reach(DONE)
    os._exit(0)


def do(app: Edge, steps: Iterable[Step]) -> list[int]:
    """Do steps: requests, or what the worker does at an instant; return how the requests were answered."""
    statuses = []
    for step in steps:
        if "worker_at" in step:
            work(app, datetime.fromisoformat(step["worker_at"]))
        else:
            statuses.append(app.test_client().post(**step).status_code)
    return statuses


def work(app: Edge, now: datetime) -> None:
    """Do what `flask worker` does with orders' money: fire, settle changes, and when what these want is due, pay."""
    worker = Worker(app.database, {}, app.extensions["sayso.payments"])
    worker.fire(now)
    for chore in FOLLOWING_UP:
        if chore.name in ABOUT_MONEY:
            worker.do(chore, now)
    worker.pay(now + GRACE)


def charge_first(app: Edge) -> None:
    """Let placing ask the bank before anything that says so is committed: the control."""
    bank = app.extensions["sayso.payments"].provider("sandbox")
    place = orders.place_order

    def charge_and_place(session: Session, **order: Any) -> dict[str, Any]:
        reference = bank.open(
            Asked(
                key=uuid4(),
                token="sandbox_visa",
                customer="",
                amount_minor=HASTY_MINOR,
                currency="USD",
                captures_at_once=True,
            )
        )
        bank.authorise(reference, key=uuid4())
        return place(session, **order)

    orders.place_order = charge_and_place


if __name__ == "__main__":
    main(*sys.argv[1:])
