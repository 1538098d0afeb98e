"""Facts: what happened, recorded in the transaction that made it happen.

`record()` writes the fact to the outbox and runs the reactions to it, all in the caller's transaction: either all
of it happened or none. The outbox is also the feed: server-sent events replay it by sequence, and `flask worker`
hands each fact with an outward reaction (mail, push) to it after the commit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Session, mapped_column

from .db import Base, BigId, WritingSession

_FOR_REACTIONS = "for_reactions"


def for_reactions() -> Any:
    """Declare a member of a fact that only the reactions in its transaction get, such as whose it is. It is written
    nowhere, so nobody who follows what happens can be shown it."""
    return dataclasses.field(metadata={_FOR_REACTIONS: True})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened; `subject_id` names the aggregate it happened to."""

    subject: ClassVar[str]
    subject_id: UUID
    happened_at: datetime

    def payload(self) -> dict[str, Any]:
        """Return the fact's own members, JSON-ready; but for those that only reactions get."""
        own = (member.name for member in dataclasses.fields(self) if not member.metadata.get(_FOR_REACTIONS))
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


# Filled once by service.reactions: which functions run in the same transaction; which facts go outward, and from when
# on (None: not this one); which of those that are due turn out to be for nobody.
Reaction = Callable[[Session, Any], None]
in_transaction: dict[type[Fact], Sequence[Reaction]] = {}
outward: dict[type[Fact], Callable[[Any], datetime | None]] = {}
Unheard = Callable[[Session, Sequence[OutboxRow]], Collection[int]]
unheard: list[Unheard] = []

# inline: nobody reads the sequence back, so the statement can travel in a pipeline.
_INSERT = sa.insert(OutboxRow.__table__).inline()  # type: ignore[arg-type]


def record(session: Session, *facts: Fact) -> None:
    """Write the facts to the outbox and run the reactions to them, in the session's transaction."""
    rows = [_row(fact) for fact in facts]
    session.connection().execute(_INSERT, rows if len(rows) > 1 else rows[0])
    session.info["recorded"] = True
    for fact in facts:
        for reaction in in_transaction.get(type(fact), ()):
            reaction(session, fact)


def _row(fact: Fact) -> dict[str, Any]:
    due_at = outward.get(type(fact))
    return {
        "name": type(fact).__name__,
        "subject": fact.subject,
        "subject_id": fact.subject_id,
        "payload": fact.payload(),
        "happened_at": fact.happened_at,
        "due_at": due_at(fact) if due_at is not None else None,
        "attempts": 0,
    }


@event.listens_for(WritingSession, "after_commit")
def _tell_of_facts(session: Session) -> None:
    if session.info.pop("recorded", False):
        for tell in session.info.get("on_facts", ()):
            tell()


@event.listens_for(WritingSession, "after_rollback")
def _forget_facts(session: Session) -> None:
    session.info.pop("recorded", None)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact as it stands in the outbox."""

    seq: int
    name: str
    subject: str
    subject_id: UUID
    payload: dict[str, Any]
    happened_at: datetime


_OUTBOX: sa.Table = OutboxRow.__table__  # type: ignore[assignment]
_RECORDED = sa.select(*(_OUTBOX.c[member.name] for member in dataclasses.fields(Recorded)))
_AFTER = _RECORDED.where(_OUTBOX.c.seq > sa.bindparam("seq")).order_by(_OUTBOX.c.seq).limit(sa.bindparam("limit"))
_AT = _RECORDED.where(_OUTBOX.c.seq.in_(sa.bindparam("seqs", expanding=True))).order_by(_OUTBOX.c.seq)
_LAST = _RECORDED.order_by(_OUTBOX.c.seq.desc()).limit(sa.bindparam("limit"))
_ABOUT = (
    _RECORDED.where(_OUTBOX.c.subject_id.in_(sa.bindparam("subject_ids", expanding=True)))
    .where(_OUTBOX.c.seq > sa.bindparam("seq"))
    .order_by(_OUTBOX.c.subject_id, _OUTBOX.c.seq)
)


def recorded_after(session: Session, seq: int, *, limit: int = 1_000) -> list[Recorded]:
    """Return the facts with a higher sequence, in its order."""
    return _recorded(session, _AFTER, {"seq": seq, "limit": limit})


def recorded_at(session: Session, seqs: Collection[int]) -> list[Recorded]:
    """Return those of the facts with these sequences that are there."""
    return _recorded(session, _AT, {"seqs": seqs})


def last_recorded(session: Session, *, limit: int) -> list[Recorded]:
    """Return the facts with the highest sequences, in its order."""
    return _recorded(session, _LAST, {"limit": limit})[::-1]


def recorded_about(session: Session, subject_ids: Collection[UUID], *, after: int) -> list[Recorded]:
    """Return the facts about any of the aggregates with a higher sequence, each aggregate's together and in order."""
    return _recorded(session, _ABOUT, {"subject_ids": subject_ids, "seq": after})


def _recorded(session: Session, statement: sa.Select[Any], values: dict[str, Any]) -> list[Recorded]:
    return [Recorded(*row) for row in session.connection().execute(statement, values)]


def which_are_kept(session: Session, seqs: Collection[int]) -> set[int]:
    """Return those of the sequences whose fact is still kept, so that what came after it can be replayed whole."""
    return set(session.scalars(sa.select(OutboxRow.seq).where(OutboxRow.seq.in_(seqs))))


def forget_subject(session: Session, subject: str, subject_id: UUID) -> None:
    """Delete what was recorded about a subject, as far as it was carried outward: it wants to be forgotten."""
    of_it = sa.and_(OutboxRow.subject_id == subject_id, OutboxRow.subject == subject)
    session.execute(sa.delete(OutboxRow).where(of_it, OutboxRow.due_at.is_(None)))
