"""Facts: what happened, recorded in the transaction that made it happen.

`record()` writes the fact to the outbox and runs the reactions to it, all in the caller's transaction: either all
of it happened or none. The outbox is also the feed: server-sent events replay it by sequence, and `flask worker`
hands each fact with an outward reaction (mail, push) to it after the commit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from .db import Base, BigId


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened; `subject_id` names the aggregate it happened to."""

    subject: ClassVar[str]
    subject_id: UUID
    happened_at: datetime

    def payload(self) -> dict[str, Any]:
        """Return the fact's own members, JSON-ready."""
        own = (member.name for member in dataclasses.fields(self))
        return {name: getattr(self, name) for name in own if name not in {"subject_id", "happened_at"}}


class OutboxRow(Base):
    """One recorded fact. `seq` orders the facts about one subject: each is recorded under the subject's row lock, so
    none can appear before one already seen. Across subjects it doesn't: sequences are handed out before commits."""

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index("ix_outbox_subject_id_seq", "subject_id", "seq"),
        sa.Index(
            "ix_outbox_pending",
            "due_at",
            "seq",
            postgresql_where=sa.text("due_at IS NOT NULL"),
            sqlite_where=sa.text("due_at IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(BigId, sa.Identity(always=False), primary_key=True)
    name: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[UUID]
    payload: Mapped[dict[str, Any]]
    happened_at: Mapped[datetime]
    # When the worker should next hand the fact outward; NULL once done or when nothing outward reacts.
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]


# Filled once by service.reactions: which functions run in the same transaction, which facts go outward.
Reaction = Callable[[Session, Any], None]
in_transaction: dict[type[Fact], Sequence[Reaction]] = {}
outward: set[type[Fact]] = set()

# inline: nobody reads the sequence back, so the statement can travel in a pipeline.
_INSERT = sa.insert(OutboxRow.__table__).inline()  # type: ignore[arg-type]


def record(session: Session, *facts: Fact) -> None:
    """Write the facts to the outbox and run the reactions to them, in the session's transaction."""
    rows = [_row(fact) for fact in facts]
    session.connection().execute(_INSERT, rows if len(rows) > 1 else rows[0])
    for fact in facts:
        for reaction in in_transaction.get(type(fact), ()):
            reaction(session, fact)


def _row(fact: Fact) -> dict[str, Any]:
    return {
        "name": type(fact).__name__,
        "subject": fact.subject,
        "subject_id": fact.subject_id,
        "payload": fact.payload(),
        "happened_at": fact.happened_at,
        "due_at": fact.happened_at if type(fact) in outward else None,
        "attempts": 0,
    }


def facts_about(session: Session, subject_id: UUID, *, after: int, limit: int = 100) -> list[OutboxRow]:
    """Return the recorded facts about one aggregate with a sequence above `after`, oldest first."""
    rows = (
        sa.select(OutboxRow)
        .where(OutboxRow.subject_id == subject_id, OutboxRow.seq > after)
        .order_by(OutboxRow.seq)
        .limit(limit)
    )
    return list(session.scalars(rows))


def is_replayable(session: Session, seq: int) -> bool:
    """Tell whether the fact of this sequence is still kept, so that what came after it can be replayed whole."""
    return session.get(OutboxRow, seq) is not None
