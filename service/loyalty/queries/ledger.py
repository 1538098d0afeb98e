"""A member's ledger: entries with their movements, lots, what expires when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import newest
from ..models import Member, StarEntry, StarLot, StarMovement
from ..rules.lots import EMPTIED_BY, Lot
from .programme import versions

_ENTRIES: sa.Table = StarEntry.__table__  # type: ignore[assignment]


def entries(
    session: Session, *, member_id: UUID, before: int | None = None, since: int | None = None, limit: int
) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 entries: from before a number, the newest first; or `since` one, the oldest first."""
    mine = sa.select(_ENTRIES).where(_ENTRIES.c.member_id == member_id)
    if since is not None:
        mine = mine.where(_ENTRIES.c.number > since).order_by(_ENTRIES.c.number)
    else:
        mine = mine.order_by(_ENTRIES.c.number.desc())
        mine = mine.where(_ENTRIES.c.number < before) if before is not None else mine
    return shown_entries(session, member_id, session.execute(mine.limit(limit + 1)).mappings().all())


def shown_entries(session: Session, member_id: UUID, rows: Sequence[sa.RowMapping]) -> list[dict[str, Any]]:
    """Return rows of a member's entries as they are shown, with the lots that they move and their rules' labels."""
    moved: dict[int, list[dict[str, Any]]] = {}
    numbers = [row["number"] for row in rows] or [0]
    # A span, not each by itself: of a whole ledger there may be more than a statement can name.
    movements = (
        sa.select(StarMovement.number, StarMovement.lot_id, StarMovement.stars, StarLot.programme_version)
        .join(StarLot, StarLot.id == StarMovement.lot_id)
        .where(StarMovement.member_id == member_id, StarMovement.number.between(min(numbers), max(numbers)))
    )
    for each in session.execute(movements.order_by(StarMovement.lot_id)):
        names = ("lot_id", "stars", "programme_version")
        moved.setdefault(each.number, []).append({name: getattr(each, name) for name in names})
    labels = {each.version: each.labels() | _rewards(each) for each in versions(session)} if rows else {}
    return [
        {
            "number": row["number"],
            "kind": row["kind"],
            "stars": row["stars"],
            "qualifying_stars": row["qualifying"],
            "qualifies_at": row["qualifies_at"],
            "rule": row["rule"],
            "label": labels.get(row["programme_version"], {}).get(row["rule"]),
            "programme_version": row["programme_version"],
            "order_id": row["order_id"],
            "reference_id": row["reference_id"],
            "reason": row["reason"],
            "lots": moved.get(row["number"], []),
            "happened_at": row["happened_at"],
        }
        for row in rows
    ]


def _rewards(programme: Any) -> dict[str, str]:
    return {each.key: each.label for each in programme.rewards.values()}


def shown_lots(
    session: Session, *, member_id: UUID, before: UUID | None, limit: int, now: datetime
) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 lots, also those that are spent, the newest first."""
    mine = sa.select(StarLot).where(StarLot.member_id == member_id)
    lots = session.scalars(newest(mine, StarLot.id, before=before, limit=limit)).all()
    emptied_by = _emptied_by(session, [lot.id for lot in lots if lot.remaining == 0])
    return [_shown_lot(lot, now, emptied_by) for lot in lots]


def _emptied_by(session: Session, lot_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return by lot the kind of the entry that took its last stars."""
    of_entry = sa.and_(StarEntry.member_id == StarMovement.member_id, StarEntry.number == StarMovement.number)
    out = (
        sa.select(StarMovement.lot_id, StarEntry.kind)
        .join(StarEntry, of_entry)
        .where(StarMovement.lot_id.in_(lot_ids), StarMovement.stars < 0, StarEntry.kind.in_(EMPTIED_BY))
        .order_by(StarEntry.happened_at, StarEntry.number)  # the last one stays
    )
    return {row.lot_id: row.kind for row in session.execute(out)} if lot_ids else {}


def _shown_lot(lot: StarLot, now: datetime, emptied_by: Mapping[UUID, str]) -> dict[str, Any]:
    names = ("id", "stars", "remaining", "owed", "programme_version", "rule", "order_id", "from_lot_id")
    instants = ("earned_at", "available_at", "expires_at")
    return {
        **{name: getattr(lot, name) for name in (*names, *instants)},
        "reversed": lot.reversed,
        "state": _lot(lot).state(now, emptied_by=emptied_by.get(lot.id, "redeemed")),
        "is_pooled": lot.is_pooled,
    }


def _lot(lot: StarLot) -> Lot:
    names = ("id", "member_id", "programme_version", "remaining", "earned_at", "available_at", "expires_at")
    return Lot(**{name: getattr(lot, name) for name in names}, is_pooled=lot.is_pooled)


def lots_of(session: Session, *, member_ids: Sequence[UUID]) -> list[Lot]:
    """Return the lots of members that have stars, to be looked at only."""
    left = sa.select(StarLot).where(StarLot.member_id.in_(member_ids), StarLot.remaining > 0)
    return [_lot(lot) for lot in session.scalars(left.order_by(StarLot.id))]


def stars_expiring(session: Session, *, member_id: UUID, customer_id: UUID, at: datetime) -> int:
    """Return how many stars of a customer's membership expire at an instant, 0 where it is another's."""
    left = (
        sa.select(sa.func.coalesce(sa.func.sum(StarLot.remaining), 0))
        .join(Member, Member.id == StarLot.member_id)
        .where(StarLot.member_id == member_id, StarLot.expires_at == at, Member.customer_id == customer_id)
    )
    return int(session.scalar(left) or 0)


def forecast(session: Session, *, member_id: UUID, now: datetime) -> list[dict[str, Any]]:
    """Return what expires when if nothing happens, the soonest first; what never expires last, with no instant."""
    when: dict[datetime | None, list[Lot]] = {}
    for lot in lots_of(session, member_ids=[member_id]):
        if lot.state(now) != "expired":
            when.setdefault(lot.expires_at, []).append(lot)
    return [
        {
            "expires_at": at,
            "stars": sum(lot.remaining for lot in when[at]),
            "lots": [{"lot_id": lot.id, "stars": lot.remaining} for lot in when[at]],
        }
        for at in sorted(when, key=lambda at: (at is None, at or now))
    ]


def before_expiry(
    session: Session, *, now: datetime, until: datetime, after: tuple[datetime, UUID] | None, limit: int
) -> list[Any]:
    """Return up to `limit` lots that expire until an instant, with nothing done about it yet: `lot_id`, `customer_id`,
    `expires_at`; the soonest first, those after one."""
    due = (
        sa.select(StarLot.id.label("lot_id"), Member.customer_id, StarLot.expires_at)
        .join(Member, Member.id == StarLot.member_id)
        .where(
            StarLot.remaining > 0,
            StarLot.expires_at > now,
            StarLot.expires_at <= until,
            StarLot.policy_done_at.is_(None),
            Member.left_at.is_(None),
        )
    )
    if after is not None:
        place = sa.tuple_(sa.literal(after[0], StarLot.expires_at.type), after[1])
        due = due.where(sa.tuple_(StarLot.expires_at, StarLot.id) > place)
    return list(session.execute(due.order_by(StarLot.expires_at, StarLot.id).limit(limit)).all())
