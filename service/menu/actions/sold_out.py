"""What staff say the store can't make now."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...errors import Invalid, NotFound
from ..errors import Kind
from ..models import MenuItem, MenuOption, MenuSize, SoldOutMark
from .changes import Change, append_changes
from .facts import MarkedAvailable, MarkedSoldOut
from .upsert import insert_or_update

_TABLES: dict[str, Any] = {"item": MenuItem, "size": MenuSize, "option": MenuOption}


def mark_sold_out(
    session: Session, *, store_id: UUID, kind: Kind, subject_id: UUID, until: datetime | None, now: datetime
) -> SoldOutMark:
    """Say that the store can't make an item, a size or an option, until an instant or until it is taken back.

    Saying the same again changes nothing. Raises NotFound, Invalid (`until` must lie ahead).
    """
    if until is not None and until <= now:
        raise Invalid({"until": ["An instant that lies ahead."]})
    _require(session, kind, subject_id)
    key = {"store_id": store_id, "kind": kind, "subject_id": subject_id}
    marked = session.execute(sa.select(SoldOutMark.until, SoldOutMark.marked_at).filter_by(**key)).first()
    if marked is not None and marked.until == until:
        return SoldOutMark(**key, until=until, marked_at=marked.marked_at)
    # Not add(): two baristas may say it at the same time.
    insert_or_update(session, SoldOutMark, key, {"until": until, "marked_at": now})
    append_changes(session, [Change(kind, subject_id)], store_id=store_id, now=now)
    events.record(
        session, MarkedSoldOut(subject_id=store_id, happened_at=now, kind=kind, sold_out_id=subject_id, until=until)
    )
    return SoldOutMark(**key, until=until, marked_at=now)


def mark_available(session: Session, *, store_id: UUID, kind: Kind, subject_id: UUID, now: datetime) -> None:
    """Take a sold-out mark back; where there is none, nothing changes. Raises NotFound."""
    _require(session, kind, subject_id)
    statement = sa.delete(SoldOutMark).where(
        SoldOutMark.store_id == store_id, SoldOutMark.kind == kind, SoldOutMark.subject_id == subject_id
    )
    if session.connection().execute(statement).rowcount == 0:
        return
    append_changes(session, [Change(kind, subject_id)], store_id=store_id, now=now)
    events.record(session, MarkedAvailable(subject_id=store_id, happened_at=now, kind=kind, available_id=subject_id))


def _require(session: Session, kind: Kind, subject_id: UUID) -> None:
    table = _TABLES[kind]
    live = sa.select(table.id).where(table.id == subject_id, table.removed_at.is_(None))
    if session.execute(live).first() is None:
        raise NotFound(kind)
