"""The proof of the ledger: every balance is what its entries say, and nothing is there that nobody gave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import CardShown, Gift, Member, Redemption, RewardStock, StarEntry, StarLot, StarMovement
from .audit_mergers import merger_faults

_MOVED = sa.select(StarMovement.lot_id, sa.func.sum(StarMovement.stars).label("stars")).group_by(StarMovement.lot_id)


def audit(session: Session) -> list[str]:
    """Return every fault of the ledger of stars, in words; none where it is whole. Set-based: a statement for each
    kind of fault."""
    return [
        *_lots(session),
        *merger_faults(session),
        *_entries(session),
        *_numbers(session),
        *_references(session, Redemption, "redemption", {"cancelled"}),
        *_references(session, Gift, "gift", {"refused", "taken_back", "returned"}),
        *_gifts_received(session),
        *_stock(session),
        *_cards(session),
    ]


def _lots(session: Session) -> Iterator[str]:
    moved = _MOVED.subquery()
    rows = session.execute(
        sa.select(StarLot.id, StarLot.stars, StarLot.remaining, StarLot.reversed, StarLot.owed, moved.c.stars)
        .outerjoin(moved, moved.c.lot_id == StarLot.id)
        .where(
            sa.or_(
                StarLot.remaining != sa.func.coalesce(moved.c.stars, 0),
                StarLot.remaining < 0,
                StarLot.remaining > StarLot.stars,
                sa.and_(StarLot.owed > 0, StarLot.remaining > 0),
                StarLot.owed > StarLot.reversed,
            )
        )
        .order_by(StarLot.id)
    )
    for row in rows:
        yield f"lot {row.id}: {row.remaining} of {row.stars} left, its movements say {row[5] or 0}, {row.owed} owed"


def _entries(session: Session) -> Iterator[str]:
    moved = (
        sa.select(StarMovement.member_id, StarMovement.number, sa.func.sum(StarMovement.stars).label("stars"))
        .group_by(StarMovement.member_id, StarMovement.number)
        .subquery()
    )
    rows = session.execute(
        sa.select(StarEntry.member_id, StarEntry.number, StarEntry.stars, moved.c.stars)
        .outerjoin(moved, sa.and_(moved.c.member_id == StarEntry.member_id, moved.c.number == StarEntry.number))
        .where(StarEntry.stars != sa.func.coalesce(moved.c.stars, 0))
    )
    for row in rows:
        yield f"entry {row.number} of {row.member_id}: {row[2]} stars, its movements say {row[3] or 0}"


def _numbers(session: Session) -> Iterator[str]:
    counted = (
        sa.select(
            StarEntry.member_id,
            sa.func.count().label("count"),
            sa.func.max(StarEntry.number).label("last"),
        )
        .group_by(StarEntry.member_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Member.id, Member.entries, counted.c.count, counted.c.last)
        .outerjoin(counted, counted.c.member_id == Member.id)
        .where(
            sa.or_(
                Member.entries != sa.func.coalesce(counted.c.count, 0),
                Member.entries != sa.func.coalesce(counted.c.last, 0),
            )
        )
    )
    for row in rows:
        yield f"member {row.id}: {row.entries} entries, found {row[2] or 0}, the last number is {row.last or 0}"


def _references(session: Session, table: Any, what: str, undone: set[str]) -> Iterator[str]:
    """What a redemption or gift took is what it says; undone, all of it went back."""
    moved = (
        sa.select(StarEntry.reference_id, sa.func.sum(StarEntry.stars).label("stars"))
        .where(StarEntry.kind.in_(("redeemed", "returned", "given", "given_back")))
        .group_by(StarEntry.reference_id)
        .subquery()
    )
    expected = sa.case((table.state.in_(undone), 0), else_=-table.stars)
    rows = session.execute(
        sa.select(table.id, table.state, table.stars, moved.c.stars)
        .outerjoin(moved, moved.c.reference_id == table.id)
        .where(sa.func.coalesce(moved.c.stars, 0) != expected)
    )
    for row in rows:
        yield f"{what} {row.id}: {row[2]} stars, {row.state}; its entries say {row[3] or 0}"


def _gifts_received(session: Session) -> Iterator[str]:
    got = (
        sa.select(StarEntry.reference_id, sa.func.sum(StarEntry.stars).label("stars"))
        .where(StarEntry.kind == "received")
        .group_by(StarEntry.reference_id)
        .subquery()
    )
    expected = sa.case((Gift.state == "accepted", Gift.stars), else_=0)
    rows = session.execute(
        sa.select(Gift.id, Gift.stars, got.c.stars)
        .outerjoin(got, got.c.reference_id == Gift.id)
        .where(sa.func.coalesce(got.c.stars, 0) != expected)
    )
    for row in rows:
        yield f"gift {row.id}: {row[1]} stars given, {row[2] or 0} received"


def _stock(session: Session) -> Iterator[str]:
    out = (
        sa.select(Redemption.reward_key, sa.func.count().label("count"))
        .where(Redemption.state != "cancelled", Redemption.is_limited)
        .group_by(Redemption.reward_key)
        .subquery()
    )
    rows = session.execute(
        sa.select(RewardStock.reward_key, RewardStock.units, RewardStock.units_left, out.c.count)
        .outerjoin(out, out.c.reward_key == RewardStock.reward_key)
        .where(RewardStock.units - RewardStock.units_left != sa.func.coalesce(out.c.count, 0))
    )
    for row in rows:
        yield f"reward {row.reward_key}: {row.units_left} of {row.units} left, {row[3] or 0} redeemed"


def _cards(session: Session) -> Iterator[str]:
    """What a card that was shown earned is in the ledger, under the name that the sale has there."""
    of_it = sa.and_(StarEntry.order_id == CardShown.receipt_id, StarEntry.kind == "earned")
    said, given = sa.func.coalesce(CardShown.stars, 0), sa.func.coalesce(sa.func.sum(StarEntry.stars), 0)
    rows = session.execute(
        sa.select(CardShown.receipt_id, said, given)
        .outerjoin(StarEntry, of_it)
        .where(CardShown.receipt_id.is_not(None))
        .group_by(CardShown.receipt_id, CardShown.stars)
        .having(said != given)
        .order_by(CardShown.receipt_id)
    )
    for row in rows:
        yield f"sale {row[0]}: a card that was shown earned {row[1]}, its entries say {row[2]}"
