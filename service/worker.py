"""The worker: fires orders whose time has come, places standing orders, follows up on placed ones, carries facts
outward, returns transfers that nobody accepted, forgets what is too old.

Any number may run. Each step claims its rows with FOR UPDATE SKIP LOCKED on PostgreSQL; the same statement on SQLite
runs under its one writer. A step that fails is logged and tried again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from . import clock, events, reactions
from .accounts.actions import forget_expired
from .db import Database, is_transient
from .events import OutboxRow
from .http import idempotency
from .loyalty import actions as loyalty_actions
from .notifications import actions as notification_actions
from .orders import actions as order_actions
from .payments.actions import forget_old_events
from .payments.driving import Payments
from .wallet import actions as wallet_actions

log = structlog.get_logger()

T = TypeVar("T")
Deliver = Callable[[OutboxRow], None]
"""Carries one fact outward; raises where it can't."""

IDLE_SECONDS = 0.5
KEEP_FACTS = timedelta(days=30)
KEEP_QUOTES = timedelta(days=1)
KEEP_SLOTS = timedelta(days=1)
REVISE_EVERY = timedelta(seconds=15)
FORGET_EVERY = timedelta(minutes=10)
EXPIRE_EVERY = timedelta(minutes=1)
STANDING_EVERY = timedelta(seconds=5)
STANDING_QUOTE_SECONDS = 60  # nobody waits for it: it is placed in the same transaction
LONGEST_BACKOFF = timedelta(hours=1)
BATCH = 20
LOOKED_AT = 200
LEASE = timedelta(minutes=1)
MOST_DOUBLINGS = 12  # 2^12 s is more than the longest backoff
FACTS_AT_ONCE = 1_000
STOP_SECONDS = 10.0


class Worker:
    """Runs the steps against one database; `deliver` maps a fact's name to what carries it outward, `payments` calls
    the payment providers."""

    def __init__(self, database: Database, deliver: Mapping[str, Deliver], payments: Payments | None = None) -> None:
        self._database, self._deliver, self._payments = database, deliver, payments
        self._forget_at = self._expire_at = self._revise_at = self._stand_at = datetime.min.replace(tzinfo=UTC)

    def run(self, should_stop: Callable[[], bool]) -> None:
        """Work until told to stop. Firing has a thread of its own: a slow mail server must not make orders late, nor
        may a slow bank."""
        threads = [
            Thread(target=self._repeat, args=(work, should_stop), daemon=True)
            for work in (self._carry_and_forget, self._follow_up, self._pay)
        ]
        for thread in threads:
            thread.start()
        self._repeat(self._fire, should_stop)
        for thread in threads:
            thread.join(STOP_SECONDS)  # what it still holds is leased, and carried again by the next worker

    def _repeat(self, work: Callable[[datetime], int], should_stop: Callable[[], bool]) -> None:
        while not should_stop():
            if not work(clock.now()):
                time.sleep(IDLE_SECONDS)

    def work_once(self, now: datetime) -> bool:
        """Do one batch of every step; tell whether there was anything to do."""
        fired = self._fire(now)
        followed = self._follow_up(now)
        carried = self._carry_and_forget(now)
        paid = self._pay(now)
        return bool(fired or followed or carried or paid)

    def _fire(self, now: datetime) -> int:
        fired = self._step("fire", lambda session: order_actions.fire_due_orders(session, now=now)) or 0
        return fired + self._each(
            "end waits",
            lambda session: order_actions.waited_too_long(session, now=now),
            lambda session, order_id: order_actions.end_wait(session, order_id=order_id, now=now),
        )

    def _follow_up(self, now: datetime) -> int:
        """Do what is due for placed orders, each in a transaction of its own: one that fails holds up no other."""
        done = self._each(
            "settle asks",
            lambda session: order_actions.due_asks(session, now=now),
            lambda session, ask: order_actions.settle_ask(session, order_id=ask[0], number=ask[1], now=now),
        )
        done += self._each(
            "obey shortages",
            lambda session: order_actions.orders_short_of_something(session, now=now),
            lambda session, short: order_actions.obey_shortage(
                session, order_id=short[0], kind=short[1], subject_id=short[2], now=now
            ),
            finding_writes=True,
        )
        done += self._each(
            "settle no-shows",
            lambda session: order_actions.due_no_shows(session, now=now),
            lambda session, order_id: order_actions.settle_no_show(session, order_id=order_id, now=now),
        )
        if now >= self._revise_at:
            self._revise_at = now + REVISE_EVERY
            done += self._each(
                "revise promises",
                lambda session: order_actions.hopeless(session, now=now),
                lambda session, order_id: order_actions.propose_revision(session, order_id=order_id, now=now),
            )
        done += self._place_standing_orders(now)
        done += self._follow_up_wallets(now)
        if now >= self._expire_at:
            self._expire_at = now + EXPIRE_EVERY
            done += self._each(
                "expire orders",
                lambda session: order_actions.due_expiries(session, now=now),
                lambda session, order_id: order_actions.expire_order(session, order_id=order_id, now=now),
            )
            done += self._each(
                "end walk-ins",
                lambda session: order_actions.due_walk_ins(session, now=now),
                lambda session, one: order_actions.end_walk_in(session, store_id=one[0], walk_in_id=one[1], now=now),
            )
            done += self._end_stars(now)
        return done

    def _end_stars(self, now: datetime) -> int:
        """Let stars expire and gifts go back; before that, do what their members said."""
        done = self._each(
            "expire stars",
            lambda session: loyalty_actions.due_expiries(session, now=now),
            lambda session, member_id: loyalty_actions.expire_stars(session, member_id=member_id, now=now),
        )
        done += self._each(
            "return gifts",
            lambda session: loyalty_actions.due_gifts(session, now=now),
            lambda session, gift_id: loyalty_actions.return_gift(session, gift_id=gift_id, now=now),
        )
        after = None
        while page := self._step(
            "find star policies",
            lambda session, after=after: reactions.star_policies(session, now=now, after=after),  # type: ignore[misc]
            reads=True,
        ):
            after = (page[-1][1], page[-1][0])
            done += self._each(
                "follow star policies",
                lambda _session, page=page: [(one, said) for one, _, said in page if said is not None],  # type: ignore[misc]
                lambda session, one: loyalty_actions.do_before_expiry(session, lot_id=one[0], policy=one[1], now=now),
            )
        return done

    def _pay(self, now: datetime) -> int:
        """Drive the payments that are due; their transactions are their own, since providers are called in between."""
        if self._payments is None:
            return 0
        try:
            return self._payments.drive_due(now=now)
        except Exception as error:
            if is_transient(error):
                log.info("worker step runs again", step="pay")
            else:
                log.exception("worker step failed", step="pay")
            time.sleep(IDLE_SECONDS)
            return 0

    def _follow_up_wallets(self, now: datetime) -> int:
        done = self._each(
            "return transfers",
            lambda session: wallet_actions.due_transfers(session, now=now),
            lambda session, one: wallet_actions.return_transfer(session, transfer_id=one, now=now),
        )
        return done + self._each(
            "expire holds",
            lambda session: wallet_actions.due_holds(session, now=now),
            lambda session, one: wallet_actions.expire_hold(session, hold_id=one, now=now),
        )

    def _place_standing_orders(self, now: datetime) -> int:
        if now < self._stand_at:
            return 0
        placed = self._each(
            "place standing orders",
            lambda session: order_actions.due_standing_orders(session, now=now),
            lambda session, one: order_actions.place_standing_order(
                session, standing_order_id=one, quote_seconds=STANDING_QUOTE_SECONDS, now=now
            ),
            failed=lambda session, one: order_actions.put_off_standing_order(session, standing_order_id=one, now=now),
        )
        if not placed:  # while there is something to place, the next batch follows at once
            self._stand_at = now + STANDING_EVERY
        return placed

    def _each(
        self,
        name: str,
        due: Callable[[Session], Sequence[T]],
        work: Callable[[Session, T], bool],
        *,
        finding_writes: bool = False,
        failed: Callable[[Session, T], bool] | None = None,
    ) -> int:
        # Looking needs no writer's turn, and mostly finds nothing.
        found = self._step(name, due, reads=not finding_writes) or ()
        done = 0
        for one in found:
            worked = self._step(name, lambda session, one=one: work(session, one))  # type: ignore[misc]
            if worked is None and failed is not None:
                self._step(name, lambda session, one=one: failed(session, one))  # type: ignore[misc]
            done += bool(worked)
        return done

    def _carry_and_forget(self, now: datetime) -> int:
        carried = self._carry(now)
        if now >= self._forget_at:
            self._forget_at = now + FORGET_EVERY
            self._step("forget", lambda session: forget(session, now=now))
            while self._each(
                "forget orders",
                lambda session: order_actions.due_to_forget(session, now=now),
                lambda session, order_id: order_actions.forget_order(session, order_id=order_id, now=now),
            ):
                pass
            while self._each(
                "forget walk-ins",
                lambda session: order_actions.due_walk_ins_to_forget(session, now=now),
                lambda session, one: order_actions.forget_walk_in(session, walk_in_id=one, now=now),
            ):
                pass
            while self._step("forget tombstones", lambda session: order_actions.forget_tombstones(session, now=now)):
                pass
            while self._step("forget slots", lambda session: forget_old_slots(session, now=now)):
                pass
            while self._step("forget facts", lambda session: forget_old_facts(session, now=now)):
                pass
        return carried

    def _carry(self, now: datetime) -> int:
        """Carry due facts outward. The outside is called between transactions, never inside one: a crash there
        leaves the fact leased, and it is carried again (at least once; the adapters know a fact by its sequence)."""
        claimed = self._step("claim", lambda session: claim_due_facts(session, now=now))
        rows, unheard = claimed if claimed is not None else ([], 0)
        began = time.monotonic()
        for row in rows:
            if time.monotonic() - began > LEASE.total_seconds() / 2:
                break  # the outside is slow: what is left is due again when its lease ends, for whoever is free
            error = self._deliver_one(row)
            self._step(
                "settle",
                lambda session, row=row, error=error: settle(  # type: ignore[misc]
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

    def _step(self, name: str, work: Callable[[Session], T], *, reads: bool = False) -> T | None:
        sessions = self._database.reading if reads else self._database.writing
        try:
            with sessions.begin() as session:
                session.info["run"] = (1, True)  # what is due stays due
                return work(session)
        except Exception as error:
            if is_transient(error):
                log.info("worker step runs again", step=name)
            else:
                log.exception("worker step failed", step=name)
            time.sleep(IDLE_SECONDS)
            return None


def claim_due_facts(session: Session, *, now: datetime) -> tuple[list[OutboxRow], int]:
    """Lease up to 20 due facts: nobody else carries them for a minute, and they are due again if we die meanwhile.

    Those that nobody wants to hear of are done with, up to 200 at once and without a word to each; how many they were
    comes back beside the leased ones.
    """
    due = (
        sa.select(OutboxRow)
        .where(OutboxRow.due_at <= now)
        .order_by(OutboxRow.due_at, OutboxRow.seq)
        .limit(LOOKED_AT)
        .with_for_update(skip_locked=True)
    )
    rows = list(session.scalars(due))
    for_nobody = {seq for unheard in events.unheard for seq in unheard(session, rows)} if rows else set()
    if for_nobody:
        done = sa.update(OutboxRow).where(OutboxRow.seq.in_(for_nobody))
        session.connection().execute(done.values(due_at=None))
    heard = [row for row in rows if row.seq not in for_nobody][:BATCH]
    for row in heard:
        row.due_at = now + LEASE
        row.attempts += 1
    return heard, len(for_nobody)


def settle(session: Session, seq: int, *, error: str | None, attempts: int, now: datetime) -> None:
    """Mark a leased fact as carried, or due again later: further apart each time.

    Where the lease ran out and another worker has the fact now (`attempts` has grown), a failure says nothing.
    """
    fact = sa.update(OutboxRow).where(OutboxRow.seq == seq)
    if error is None:
        session.execute(fact.values(due_at=None, last_error=None))
        return
    again_at = now + min(LONGEST_BACKOFF, timedelta(seconds=2 ** min(attempts, MOST_DOUBLINGS)))
    session.execute(fact.where(OutboxRow.attempts == attempts).values(due_at=again_at, last_error=error))


def forget(session: Session, *, now: datetime) -> int:
    """Delete kept answers, quotes, notifications and sign-ins that are older than they need to be; return how many."""
    quotes = order_actions.forget_old_quotes(session, before=now - KEEP_QUOTES)
    told = notification_actions.forget_done(session, now=now) + forget_old_events(session, now=now)
    return quotes + told + idempotency.forget_old_answers(session, now=now) + forget_expired(session, now=now)


def forget_old_slots(session: Session, *, now: datetime) -> int:
    """Delete up to 1,000 of the slots of the day before yesterday and older; return how many."""
    return order_actions.forget_old_slots(session, before=now - KEEP_SLOTS)


def forget_old_facts(session: Session, *, now: datetime) -> int:
    """Delete up to 1,000 of the oldest facts, those kept long enough and carried; return how many.

    By sequence, since nothing else is in order of age: without reading the whole outbox, and in bites that no
    statement time-out cuts short.
    """
    oldest = sa.select(OutboxRow.seq).order_by(OutboxRow.seq).limit(FACTS_AT_ONCE)
    gone = session.connection().execute(
        sa.delete(OutboxRow).where(
            OutboxRow.seq.in_(oldest), OutboxRow.happened_at < now - KEEP_FACTS, OutboxRow.due_at.is_(None)
        )
    )
    return gone.rowcount
