"""The worker: fires orders whose time has come, carries facts outward, forgets what is too old.

Any number may run. Each step claims its rows with FOR UPDATE SKIP LOCKED on PostgreSQL; the same statement on SQLite
runs under its one writer. A step that fails is logged and tried again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from . import clock
from .accounts.actions import forget_expired
from .db import Database
from .events import OutboxRow
from .http import idempotency
from .orders import actions as order_actions

log = structlog.get_logger()

T = TypeVar("T")
Deliver = Callable[[OutboxRow], None]
"""Carries one fact outward; raises where it can't."""

IDLE_SECONDS = 0.5
KEEP_FACTS = timedelta(days=30)
KEEP_QUOTES = timedelta(days=1)
FORGET_EVERY = timedelta(minutes=10)
LONGEST_BACKOFF = timedelta(hours=1)
BATCH = 20
LEASE = timedelta(minutes=1)


class Worker:
    """Runs the steps against one database; `deliver` maps a fact's name to what carries it outward."""

    def __init__(self, database: Database, deliver: Mapping[str, Deliver]) -> None:
        self._database, self._deliver = database, deliver
        self._forget_at = datetime.min.replace(tzinfo=clock.now().tzinfo)

    def run(self, should_stop: Callable[[], bool]) -> None:
        """Work until told to stop."""
        while not should_stop():
            if not self.work_once(clock.now()):
                time.sleep(IDLE_SECONDS)

    def work_once(self, now: datetime) -> bool:
        """Do one batch of every step; tell whether there was anything to do."""
        fired = self._step("fire", lambda session: order_actions.fire_due_orders(session, now=now))
        carried = self._carry(now)
        if now >= self._forget_at:
            self._forget_at = now + FORGET_EVERY
            self._step("forget", lambda session: forget(session, now=now))
        return bool(fired or carried)

    def _carry(self, now: datetime) -> int:
        """Carry due facts outward. The outside is called between transactions, never inside one: a crash there
        leaves the fact leased, and it is carried again (at least once; the adapters know a fact by its sequence)."""
        rows = self._step("claim", lambda session: claim_due_facts(session, now=now)) or []
        for row in rows:
            error = self._deliver_one(row)
            self._step(
                "settle",
                lambda session, row=row, error=error: settle(  # type: ignore[misc]
                    session, row.seq, error=error, attempts=row.attempts, now=now
                ),
            )
        return len(rows)

    def _deliver_one(self, row: OutboxRow) -> str | None:
        try:
            self._deliver[row.name](row)
        except Exception as error:  # noqa: BLE001 - whatever the outside does, the fact stays and is tried again
            log.warning("fact not carried", fact=row.name, attempts=row.attempts, error=type(error).__name__)
            return type(error).__name__
        return None

    def _step(self, name: str, work: Callable[[Session], T]) -> T | None:
        try:
            with self._database.writing.begin() as session:
                return work(session)
        except Exception:
            log.exception("worker step failed", step=name)
            time.sleep(IDLE_SECONDS)
            return None


def claim_due_facts(session: Session, *, now: datetime) -> list[OutboxRow]:
    """Lease up to 20 due facts: nobody else carries them for a minute, and they are due again if we die meanwhile."""
    due = (
        sa.select(OutboxRow)
        .where(OutboxRow.due_at <= now)
        .order_by(OutboxRow.due_at, OutboxRow.seq)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = list(session.scalars(due))
    for row in rows:
        row.due_at = now + LEASE
        row.attempts += 1
    return rows


def settle(session: Session, seq: int, *, error: str | None, attempts: int, now: datetime) -> None:
    """Mark a leased fact as carried, or due again later: further apart each time."""
    again_at = now + min(LONGEST_BACKOFF, timedelta(seconds=2**attempts)) if error else None
    session.execute(sa.update(OutboxRow).where(OutboxRow.seq == seq).values(due_at=again_at, last_error=error))


def forget(session: Session, *, now: datetime) -> int:
    """Delete kept answers, quotes and facts that are older than they need to be; return how many."""
    facts = session.connection().execute(
        sa.delete(OutboxRow).where(OutboxRow.happened_at < now - KEEP_FACTS, OutboxRow.due_at.is_(None))
    )
    quotes = order_actions.forget_old_quotes(session, before=now - KEEP_QUOTES)
    return facts.rowcount + quotes + idempotency.forget_old_answers(session, now=now) + forget_expired(session, now=now)
