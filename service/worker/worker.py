"""Who does the chores."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from threading import Thread
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from .. import clock
from ..db import Database, is_transient, say_run
from ..events import OutboxRow
from ..payments.driving import Payments
from . import outbox
from .chores import FIRING, FOLLOWING_UP, FORGETTING, Chore

log = structlog.get_logger()

T = TypeVar("T")
Deliver = Callable[[OutboxRow], None]
"""Carries one fact outward; raises where it can't."""

IDLE_SECONDS = 0.5
FORGET_EVERY = timedelta(minutes=10)
STOP_SECONDS = 10.0


class Worker:
    """Does the chores of one database; `deliver` maps a fact's name to what carries it outward, `payments` calls the
    payment providers."""

    def __init__(self, database: Database, deliver: Mapping[str, Deliver], payments: Payments | None = None) -> None:
        self._database, self._deliver, self._payments = database, deliver, payments
        self._looked_at: dict[str, datetime] = {}

    def run(self, should_stop: Callable[[], bool]) -> None:
        """Work until told to stop. Firing has a thread of its own: a slow mail server must not make orders late, nor
        may a slow bank."""
        threads = [
            Thread(target=self._repeat, args=(work, should_stop), daemon=True)
            for work in (self.carry_and_forget, self.follow_up, self.pay)
        ]
        for thread in threads:
            thread.start()
        self._repeat(self.fire, should_stop)
        for thread in threads:
            thread.join(STOP_SECONDS)  # what it still holds is leased, and carried again by the next worker

    def _repeat(self, work: Callable[[datetime], int], should_stop: Callable[[], bool]) -> None:
        while not should_stop():
            if not work(clock.now()):
                time.sleep(IDLE_SECONDS)

    def work_once(self, now: datetime) -> bool:
        """Do one batch of everything; tell whether there was anything to do."""
        return bool(sum(work(now) for work in (self.fire, self.follow_up, self.carry_and_forget, self.pay)))

    def fire(self, now: datetime) -> int:
        """Start what is to be started now; return how much was done, as all of these do."""
        return self._do_all(FIRING, now)

    def follow_up(self, now: datetime) -> int:
        """Do what is due for placed orders, standing orders, wallets and stars."""
        return self._do_all(FOLLOWING_UP, now)

    def _do_all(self, chores: Iterable[Chore], now: datetime) -> int:
        return sum(self.do(chore, now) for chore in chores)

    def do(self, chore: Chore, now: datetime) -> int:
        """Do a batch of one chore, where it is time to look."""
        if self._was_looked_at(chore.name, chore.every, now):
            return 0
        found = self._step(chore.name, lambda session: chore.due(session, now), reads=not chore.finding_writes)
        done = sum(self._do_one(chore, one, now) for one in found or ())
        if not done:  # while there is something to do, the next batch follows at once
            self._looked_at[chore.name] = now
        return done

    def _was_looked_at(self, name: str, every: timedelta, now: datetime) -> bool:
        """Tell whether something was looked at so lately that it can wait. A clock that was set back since then says
        nothing about that, and nothing waits until it is there again."""
        looked_at = self._looked_at.get(name)
        return looked_at is not None and looked_at <= now < looked_at + every

    def _do_one(self, chore: Chore, one: object, now: datetime) -> int:
        done = self._step(chore.name, lambda session: chore.work(session, one, now))
        failed = chore.failed
        if done is None and failed is not None:
            self._step(chore.name, lambda session: failed(session, one, now))
        return int(bool(done))

    def carry_and_forget(self, now: datetime) -> int:
        """Carry facts outward; every ten minutes, forget what became too old."""
        carried = self.carry(now)
        if not self._was_looked_at("forgetting", FORGET_EVERY, now):
            self._looked_at["forgetting"] = now
            for chore in FORGETTING:
                while self.do(chore, now):
                    pass
        return carried

    def carry(self, now: datetime) -> int:
        """Carry due facts outward. The outside is called between transactions, never inside one: a crash there
        leaves the fact leased, and it is carried again (at least once; the adapters know a fact by its sequence)."""
        claimed = self._step("claim", lambda session: outbox.claim_due_facts(session, now=now))
        rows, unheard = claimed if claimed is not None else ([], 0)
        began = time.monotonic()
        for row in rows:
            if time.monotonic() - began > outbox.LEASE.total_seconds() / 2:
                break  # the outside is slow: what is left is due again when its lease ends, for whoever is free
            error = self._deliver_one(row)
            self._step(
                "settle",
                lambda session, row=row, error=error: outbox.settle(  # type: ignore[misc]
                    session, row.seq, error=error, attempts=row.attempts, now=now
                ),
            )
        return len(rows) + unheard

    def _deliver_one(self, row: OutboxRow) -> str | None:
        try:
            self._deliver[row.name](row)
        except Exception as error:  # noqa: BLE001 - whatever the outside does, the fact stays and is tried again
            log.warning("fact not carried", fact=row.name, attempts=row.attempts, error=type(error).__name__)
            return type(error).__name__
        return None

    def pay(self, now: datetime) -> int:
        """Drive the payments that are due; their transactions are their own, since providers are called in between."""
        payments = self._payments
        return (self._guarded("pay", lambda: payments.drive_due(now=now)) or 0) if payments is not None else 0

    def _step(self, name: str, work: Callable[[Session], T], *, reads: bool = False) -> T | None:
        sessions = self._database.reading if reads else self._database.writing

        def in_transaction() -> T:
            with sessions.begin() as session:
                say_run(session, 1, runs_again=True)  # what is due stays due
                return work(session)

        return self._guarded(name, in_transaction)

    def _guarded(self, name: str, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except Exception as error:
            if is_transient(error):
                log.info("worker step runs again", step=name)
            else:
                log.exception("worker step failed", step=name)
            time.sleep(IDLE_SECONDS)
            return None
