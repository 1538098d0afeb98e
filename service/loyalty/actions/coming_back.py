"""Stars that come back to the lots that they were taken from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from .. import queries
from ..models import Member, StarEntry, StarLot, StarMovement
from ..rules.lots import Taken, with_grace
from .ledger import append, expire, lock_owners


def taken_for(session: Session, reference_id: UUID, kind: str) -> list[Taken]:
    """Return what was taken out of which lots, whose they are now, for a redemption or a gift."""
    moved = (
        sa.select(StarMovement.lot_id, StarLot.member_id, -StarMovement.stars)
        .join(StarLot, StarLot.id == StarMovement.lot_id)
        .join(
            StarEntry,
            sa.and_(StarEntry.member_id == StarMovement.member_id, StarEntry.number == StarMovement.number),
        )
        .where(StarEntry.reference_id == reference_id, StarEntry.kind == kind)
        .order_by(StarMovement.lot_id)
    )
    return [Taken(*row) for row in session.execute(moved)]


def lock_taken(
    session: Session, reference_id: UUID, kind: str, *, now: datetime
) -> tuple[dict[UUID, Member], list[Taken]]:
    """Return whose the lots are, locked, and what was taken out of which."""
    members = lock_owners(session, {each.lot_id for each in taken_for(session, reference_id, kind)}, now=now)
    return members, taken_for(session, reference_id, kind)  # whose they are under the locks


def put_back(
    session: Session,
    members: Mapping[UUID, Member],
    taken: list[Taken],
    kind: str,
    *,
    reference_id: UUID,
    by_store: bool,
    now: datetime,
) -> None:
    """Put stars back into their own lots, those of locked members; a lot owes what was reversed meanwhile first.

    A lot that would expire too soon lives for the grace days of its terms: always where the store caused it, else once,
    so that nobody keeps stars alive by redeeming and cancelling.
    """
    terms = {each.version: each for each in queries.versions(session)}
    for member_id in sorted({each.member_id for each in taken}, key=str):
        back = [each for each in taken if each.member_id == member_id]
        lots = _lots(session, back)
        for lot in lots.values():
            lives_until = with_grace(terms[lot.programme_version], lot.expires_at, now)
            if lives_until != lot.expires_at and (by_store or not lot.had_grace):
                lot.expires_at, lot.had_grace = lives_until, True
        owed = {each.lot_id: min(each.stars, lots[each.lot_id].owed) for each in back}
        for lot_id, stars in owed.items():
            lots[lot_id].owed -= stars
        session.flush()  # what is owed goes before what is there
        append(session, members[member_id], kind, back, now=now, reference_id=reference_id)
        _settle(session, members[member_id], {lot_id: stars for lot_id, stars in owed.items() if stars}, now)
        expire(session, members[member_id], now, at=now)  # what came back too late, and has no grace


def _lots(session: Session, taken: list[Taken]) -> dict[UUID, StarLot]:
    wanted = sa.select(StarLot).where(StarLot.id.in_({each.lot_id for each in taken})).order_by(StarLot.id)
    return {lot.id: lot for lot in session.scalars(wanted, execution_options={"populate_existing": True})}


def _settle(session: Session, member: Member, owed: Mapping[UUID, int], now: datetime) -> None:
    if owed:
        append(
            session,
            member,
            "reversed",
            [Taken(lot_id, member.id, -stars) for lot_id, stars in owed.items()],
            now=now,
            reason="owed",
        )
