"""The ledger of stars: a member under lock, entries with their movements, new lots.

Everything that changes stars goes through here. The database keeps every lot between nothing and what it was given.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from ...errors import NotFound
from ..errors import NotJoined
from ..models import Member, StarEntry, StarLot, StarMovement
from ..rules.lots import Lot, Taken
from .facts import StarsMoved

_LOTS: sa.Table = StarLot.__table__  # type: ignore[assignment]
_INSERT_ENTRY = sa.insert(StarEntry.__table__)  # type: ignore[arg-type]
_INSERT_MOVEMENTS = sa.insert(StarMovement.__table__)  # type: ignore[arg-type]
_INSERT_LOT = sa.insert(_LOTS)
_MOVE = (
    sa.update(_LOTS)
    .where(_LOTS.c.id == sa.bindparam("of_lot"))
    .values(remaining=_LOTS.c.remaining + sa.bindparam("by", type_=sa.Integer()))
)
_READ = (
    _LOTS.c.id,
    _LOTS.c.member_id,
    _LOTS.c.programme_version,
    _LOTS.c.remaining,
    _LOTS.c.earned_at,
    _LOTS.c.available_at,
    _LOTS.c.expires_at,
    _LOTS.c.is_pooled,
)
_NOTHING_SAID: dict[str, Any] = {
    "order_id": None,
    "rule": None,
    "part": 0,
    "programme_version": None,
    "reference_id": None,
    "reason": None,
}
_LEFT = sa.select(*_READ).where(_LOTS.c.remaining > 0)


def lock_member(session: Session, *, customer_id: UUID, now: datetime, owning: str | None = None) -> Member:
    """Return the customer's membership, locked, its ledger brought to now: what has expired has its entry.

    Raises NotJoined; NotFound where they would have to own something.
    """
    # Locked: whatever changes a member's stars takes turns.
    mine = sa.select(Member).where(Member.customer_id == customer_id, Member.left_at.is_(None)).with_for_update()
    member = session.scalars(mine, execution_options={"populate_existing": True}).first()
    if member is None:
        raise NotFound(owning) if owning is not None else NotJoined()
    expire(session, member, now)
    return member


def find_member(session: Session, *, customer_id: UUID, now: datetime) -> Member | None:
    """Return the same, None for who isn't a member."""
    try:
        return lock_member(session, customer_id=customer_id, now=now)
    except NotJoined:
        return None


def lock_members(session: Session, member_ids: Iterable[UUID], *, now: datetime) -> dict[UUID, Member]:
    """Return these memberships, also of those who left, locked in the order of their ids, brought to now."""
    # In primary-key order: two who lock the same ones never wait for each other in a ring.
    wanted = sa.select(Member).where(Member.id.in_(set(member_ids))).order_by(Member.id).with_for_update()
    found = {member.id: member for member in session.scalars(wanted, execution_options={"populate_existing": True})}
    for member in found.values():
        expire(session, member, now)
    return found


def lock_owners(session: Session, lot_ids: Collection[UUID], *, now: datetime) -> dict[UUID, Member]:
    """Return whose these lots are, locked as by `lock_members`: who got them by a merger, where there was one."""
    locked: dict[UUID, Member] = {}
    while True:
        owners = set(session.scalars(sa.select(StarLot.member_id).where(StarLot.id.in_(lot_ids)).distinct()))
        if owners <= locked.keys():
            return locked
        # Those that another account got meanwhile are its own now; under its lock they stay so.
        locked |= lock_members(session, owners - locked.keys(), now=now)


def expire(session: Session, member: Member, now: datetime, *, at: datetime | None = None) -> int:
    """Let what has expired of a locked member's lots expire, each at its own instant (or `at`); return how many did."""
    due = _LEFT.where(_LOTS.c.member_id == member.id, _LOTS.c.expires_at <= now)
    rows = session.execute(due.order_by(_LOTS.c.expires_at, _LOTS.c.id)).all()
    for row in rows:
        taken = [Taken(row.id, row.member_id, -row.remaining)]
        append(session, member, "expired", taken, now=at or row.expires_at, programme_version=row.programme_version)
    return len(rows)


def lots_left(session: Session, member_ids: Iterable[UUID]) -> list[Lot]:
    """Return the lots of locked members that have stars."""
    rows = session.execute(_LEFT.where(_LOTS.c.member_id.in_(set(member_ids))).order_by(_LOTS.c.id))
    return [Lot(**row._mapping) for row in rows]


def append(
    session: Session,
    member: Member,
    kind: str,
    movements: Sequence[Taken],
    *,
    now: datetime,
    qualifying: int = 0,
    qualifies_at: datetime | None = None,
    **said: Any,
) -> int:
    """Append an entry to a locked member's ledger and move its stars (out of a lot: negative); return its number.

    `said` are more columns of the entry: order_id, rule, part, programme_version, reference_id, reason.
    """
    member.entries += 1
    member.version += 1
    number = member.entries
    stars = sum(each.stars for each in movements)
    entry = _NOTHING_SAID | said
    session.flush()  # the entry's number is the member's
    session.execute(
        _INSERT_ENTRY,
        {
            "member_id": member.id,
            "number": number,
            "kind": kind,
            "stars": stars,
            "qualifying": qualifying,
            "qualifies_at": qualifies_at if qualifying else None,
            "happened_at": now,
            **entry,
        },
    )
    moved = [
        {"member_id": member.id, "number": number, "lot_id": each.lot_id, "stars": each.stars} for each in movements
    ]
    if moved:
        connection = session.connection()
        connection.execute(_INSERT_MOVEMENTS, moved)
        connection.execute(_MOVE, [{"of_lot": each.lot_id, "by": each.stars} for each in movements])
    events.record(session, StarsMoved(subject_id=member.id, happened_at=now, number=number, kind=kind, stars=stars))
    return number


def append_qualifying(
    session: Session, member: Member, kind: str, counted: Mapping[datetime, int], *, now: datetime, **said: Any
) -> None:
    """Append an entry to a locked member's ledger for the qualifying stars of each instant, without moving any stars.

    `said` as of `append`.
    """
    if not counted:
        return
    numbers = range(member.entries + 1, member.entries + len(counted) + 1)
    member.entries += len(counted)
    member.version += 1
    session.flush()  # the entries' numbers are the member's
    same = _NOTHING_SAID | {"member_id": member.id, "kind": kind, "stars": 0, "happened_at": now} | said
    entries = [
        same | {"number": number, "qualifying": stars, "qualifies_at": at}
        for number, (at, stars) in zip(numbers, sorted(counted.items()), strict=True)
    ]
    session.connection().execute(_INSERT_ENTRY, entries)
    facts = [StarsMoved(subject_id=member.id, happened_at=now, number=number, kind=kind, stars=0) for number in numbers]
    events.record(session, *facts)


def open_lot(session: Session, member: Member, *, stars: int, **terms: Any) -> Taken:
    """Open an empty lot for so many stars; return the movement that fills it.

    `terms` are programme_version, rule, earned_at, available_at, expires_at, and order_id or from_lot_id.
    """
    lot = {"order_id": None, "from_lot_id": None, **terms}
    lot_id = new_id()
    session.connection().execute(
        _INSERT_LOT,
        {
            "id": lot_id,
            "member_id": member.id,
            "stars": stars,
            "remaining": 0,
            "owed": 0,
            "reversed": 0,
            "had_grace": False,
            "is_pooled": False,
            "policy_done_at": None,
            **lot,
        },
    )
    return Taken(lot_id, member.id, stars)


def out_of(taken: Sequence[Taken]) -> list[Taken]:
    """Return the movements that take stars out of their lots."""
    return [Taken(each.lot_id, each.member_id, -each.stars) for each in taken]


def of_member(taken: Sequence[Taken]) -> dict[UUID, list[Taken]]:
    """Return what is taken by whose lots it comes from."""
    found: dict[UUID, list[Taken]] = {}
    for each in taken:
        found.setdefault(each.member_id, []).append(each)
    return found
