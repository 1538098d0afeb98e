"""A month's statement of a member's stars."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import Invalid
from ..models import Member, StarEntry, StarLot
from ..rules.calendar import month_of
from .ledger import shown_entries
from .programme import programme_at

_ENTRIES: sa.Table = StarEntry.__table__  # type: ignore[assignment]

MOST_IN_A_MONTH = 5_000
"""Entries of one statement: far more than anybody makes."""


def statement(session: Session, *, member_id: UUID, month: str, now: datetime) -> dict[str, Any]:
    """Return a month of the programme's zone: what there was when it began, every entry, what there was at its end.

    What has expired is in it from that instant on, also before its entry is written. Raises Invalid, NotFound.
    """
    programme = programme_at(session, at=now)
    bounds = month_of(month, programme.timezone)
    if bounds is None:
        raise Invalid({"month": ["Not a month such as 2026-03."]})
    begins, ends = bounds
    last, due = _due_entries(session, member_id, now)
    # None that was written since: what is due is read once, and what is written then is just that.
    written = (_ENTRIES.c.member_id == member_id, _ENTRIES.c.number <= last)
    before = sa.select(sa.func.coalesce(sa.func.sum(_ENTRIES.c.stars), 0)).where(*written)
    opening = int(session.scalar(before.where(_ENTRIES.c.happened_at < begins)) or 0)
    opening += sum(each["stars"] for each in due if each["happened_at"] < begins)
    within = (
        sa.select(_ENTRIES)
        .where(*written, _ENTRIES.c.happened_at >= begins, _ENTRIES.c.happened_at < ends)
        .order_by(_ENTRIES.c.number)
        .limit(MOST_IN_A_MONTH)
    )
    rows = shown_entries(session, member_id, session.execute(within).mappings().all())
    rows += [each for each in due if begins <= each["happened_at"] < ends]
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["kind"]] = totals.get(row["kind"], 0) + row["stars"]
    return {
        "month": month,
        "timezone": programme.timezone,
        "begins_at": begins,
        "ends_at": ends,
        "opening_stars": opening,
        "closing_stars": opening + sum(row["stars"] for row in rows),
        "qualifying_stars": sum(row["qualifying_stars"] for row in rows),
        "totals": [{"kind": kind, "stars": stars} for kind, stars in totals.items()],
        "entries": rows,
    }


def _due_entries(session: Session, member_id: UUID, now: datetime) -> tuple[int, list[dict[str, Any]]]:
    """Return the number of a member's last entry, and the entries that follow it for what has expired since: whoever
    locks the member writes exactly those, before anything else (`actions.ledger.expire`)."""
    expired = sa.and_(StarLot.member_id == Member.id, StarLot.remaining > 0, StarLot.expires_at <= now)
    found = (
        sa.select(Member.entries, StarLot.id, StarLot.remaining, StarLot.programme_version, StarLot.expires_at)
        .outerjoin(StarLot, expired)
        .where(Member.id == member_id)
        .order_by(StarLot.expires_at, StarLot.id)
    )
    rows = session.execute(found).all()
    last: int = rows[0].entries
    lots = [row for row in rows if row.id is not None]
    return last, [_expiry(lot, number) for number, lot in enumerate(lots, start=last + 1)]


def _expiry(lot: Any, number: int) -> dict[str, Any]:
    moved = {"lot_id": lot.id, "stars": -lot.remaining, "programme_version": lot.programme_version}
    unsaid = ("qualifies_at", "rule", "label", "order_id", "reference_id", "reason")
    return {
        "number": number,
        "kind": "expired",
        "stars": -lot.remaining,
        "qualifying_stars": 0,
        **dict.fromkeys(unsaid),
        "programme_version": lot.programme_version,
        "lots": [moved],
        "happened_at": lot.expires_at,
    }
