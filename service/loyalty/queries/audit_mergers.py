"""The proof of mergers: whoever moved a lot has it, or handed it on; both sides of a merger say the same."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Member, Merger, StarEntry, StarLot, StarMovement

_KINDS = ("merged_out", "merged_in")


def merger_faults(session: Session) -> list[str]:
    """Return every fault of what was brought from one account into another, in words."""
    return [
        *_left_with_others(session),
        *_without_a_way(session),
        *_sides(session),
        *_not_mirrored(session),
        *_of_no_merger(session),
        *_left_behind(session),
    ]


def _left_with_others(session: Session) -> Iterator[str]:
    """What others than its member moved of a lot adds up to nothing: they handed on whatever was left."""
    rows = session.execute(
        sa.select(StarMovement.lot_id, StarMovement.member_id, sa.func.sum(StarMovement.stars).label("stars"))
        .join(StarLot, StarLot.id == StarMovement.lot_id)
        .where(StarLot.member_id != StarMovement.member_id)
        .group_by(StarMovement.lot_id, StarMovement.member_id)
        .having(sa.func.sum(StarMovement.stars) != 0)
    )
    for row in rows:
        yield f"lot {row.lot_id}: {row.stars} stars by entries of another member, {row.member_id}"


def _without_a_way(session: Session) -> Iterator[str]:
    """Whoever else moved a lot was brought, perhaps over others, into the one that has it."""
    steps = sa.select(Merger.from_member_id.label("start"), Merger.into_member_id.label("end"))
    ways = steps.cte("ways", recursive=True)
    ways = ways.union(sa.select(ways.c.start, Merger.into_member_id).join(Merger, Merger.from_member_id == ways.c.end))
    is_way = sa.exists().where(ways.c.start == StarMovement.member_id, ways.c.end == StarLot.member_id)
    rows = session.execute(
        sa.select(StarMovement.lot_id, StarMovement.member_id)
        .join(StarLot, StarLot.id == StarMovement.lot_id)
        .where(StarLot.member_id != StarMovement.member_id, ~is_way)
        .distinct()
    )
    for row in rows:
        yield f"lot {row.lot_id}: member {row.member_id} moved it, and was never brought into whose it is"


def _sides(session: Session) -> Iterator[str]:
    """The entries of each side are what the merger says, of stars and of qualifying stars."""
    for kind, side, sign in (
        ("merged_out", Merger.from_member_id, -1),
        ("merged_in", Merger.into_member_id, +1),
    ):
        entered = (
            sa.select(
                StarEntry.reference_id,
                StarEntry.member_id,
                sa.func.sum(StarEntry.stars).label("stars"),
                sa.func.sum(StarEntry.qualifying).label("qualifying"),
            )
            .where(StarEntry.kind == kind)
            .group_by(StarEntry.reference_id, StarEntry.member_id)
            .subquery()
        )
        same = sa.and_(entered.c.reference_id == Merger.id, entered.c.member_id == side)
        rows = session.execute(
            sa.select(Merger.id, Merger.stars, Merger.qualifying, entered.c.stars, entered.c.qualifying)
            .outerjoin(entered, same)
            .where(
                sa.or_(
                    entered.c.stars.is_(None),
                    entered.c.stars != sign * Merger.stars,
                    entered.c.qualifying != sign * Merger.qualifying,
                )
            )
        )
        for row in rows:
            said = f"{row[1]} stars, {row[2]} qualifying"
            yield f"merger {row.id}: {said}; {kind} entries say {row[3] or 0} and {row[4] or 0}"


def _not_mirrored(session: Session) -> Iterator[str]:
    """Of each lot as many stars come as go, and of each instant as many qualifying ones."""
    of_entry = sa.and_(StarMovement.member_id == StarEntry.member_id, StarMovement.number == StarEntry.number)
    lots = session.execute(
        sa.select(StarEntry.reference_id, StarMovement.lot_id, sa.func.sum(StarMovement.stars).label("stars"))
        .join(StarMovement, of_entry)
        .where(StarEntry.kind.in_(_KINDS))
        .group_by(StarEntry.reference_id, StarMovement.lot_id)
        .having(sa.func.sum(StarMovement.stars) != 0)
    )
    for row in lots:
        yield f"merger {row.reference_id}: {row.stars} stars of lot {row.lot_id} came from nowhere, or went there"
    instants = session.execute(
        sa.select(StarEntry.reference_id, StarEntry.qualifies_at, sa.func.sum(StarEntry.qualifying).label("stars"))
        .where(StarEntry.kind.in_(_KINDS), StarEntry.qualifying != 0)
        .group_by(StarEntry.reference_id, StarEntry.qualifies_at)
        .having(sa.func.sum(StarEntry.qualifying) != 0)
    )
    for reference_id, at, stars in instants:
        yield f"merger {reference_id}: {stars} qualifying stars of {at} on one side alone"


def _of_no_merger(session: Session) -> Iterator[str]:
    one = sa.exists().where(
        Merger.id == StarEntry.reference_id,
        sa.or_(
            sa.and_(StarEntry.kind == "merged_out", StarEntry.member_id == Merger.from_member_id),
            sa.and_(StarEntry.kind == "merged_in", StarEntry.member_id == Merger.into_member_id),
        ),
    )
    rows = session.execute(
        sa.select(StarEntry.member_id, StarEntry.number, StarEntry.kind).where(StarEntry.kind.in_(_KINDS), ~one)
    )
    for row in rows:
        yield f"entry {row.number} of {row.member_id}: {row.kind}, by no merger of theirs"


def _left_behind(session: Session) -> Iterator[str]:
    """A membership that a merger ended has nothing left."""
    gone = sa.exists().where(Merger.from_member_id == Member.id, Merger.merged_at == Member.left_at)
    rows = session.execute(
        sa.select(StarLot.id, StarLot.member_id, StarLot.remaining, StarLot.owed)
        .join(Member, Member.id == StarLot.member_id)
        .where(gone, sa.or_(StarLot.remaining > 0, StarLot.owed > 0))
    )
    for row in rows:
        left = f"{row.remaining} stars ({row.owed} owed)"
        yield f"lot {row.id}: {left} of {row.member_id}, whose account was brought over"
