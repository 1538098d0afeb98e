"""Facts that go outward: leased, carried and settled, each step in a transaction of its own."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from .. import events
from ..events import OutboxRow

LONGEST_BACKOFF = timedelta(hours=1)
BATCH = 20
LOOKED_AT = 200
LEASE = timedelta(minutes=1)
MOST_DOUBLINGS = 12  # 2^12 s is more than the longest backoff
KEEP_FACTS = timedelta(days=30)
FACTS_AT_ONCE = 1_000


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
