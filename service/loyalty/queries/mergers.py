"""Accounts that are brought into one another: what comes over, what came, and whose stars an order's are since."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import newest
from ..models import Card, Claim, Gift, Member, Merger, OptIn, PoolMember, Redemption, StarEntry, StarLot
from ..rules.calendar import year_before
from ..rules.mergers import Coming, lot_document
from ..rules.tiers import tier_at
from .ledger import lots_of
from .membership import shown_tier
from .programme import programme_at

_OF_ANYBODY = sa.select(Merger.id, Merger.into_member_id, Merger.merged_at).order_by(Merger.merged_at, Merger.id)


def merged_into(session: Session, *, customer_id: UUID, at: datetime) -> UUID | None:
    """Return the membership that has now what was promised a customer at an instant: that of the account which theirs
    was brought into since, and that one perhaps into a next; None where it was brought into none."""
    here = session.scalar(sa.select(Member.id).where(Member.customer_id == customer_id))
    gone_through: set[UUID] = set()
    while True:
        onward = _OF_ANYBODY.where(
            Merger.from_member_id == here, Merger.merged_at >= at, Merger.id.not_in(gone_through)
        )
        merger = session.execute(onward.limit(1)).first()
        if merger is None:
            return here if gone_through else None
        gone_through.add(merger.id)
        here, at = merger.into_member_id, merger.merged_at


def earns(session: Session, *, customer_id: UUID, at: datetime) -> bool:
    """Tell whether an order that a customer placed at an instant may earn stars: they are in the programme, or their
    account was brought into another one since."""
    brought_over = sa.exists().where(Merger.from_member_id == Member.id, Merger.merged_at >= at)
    mine = sa.select(Member.id).where(Member.customer_id == customer_id, sa.or_(Member.left_at.is_(None), brought_over))
    return session.execute(mine).first() is not None


def coming_over(session: Session, *, member_id: UUID, into_id: UUID, now: datetime, for_update: bool = False) -> Coming:
    """Return what of a member's comes over into another membership. Raises NotFound."""
    held = sa.select(Redemption).where(Redemption.member_id == member_id, Redemption.state == "held")
    if for_update:
        held = held.with_for_update()  # an order may be taking one; of both, one comes first
    redemptions = session.scalars(held.order_by(Redemption.id), execution_options={"populate_existing": True}).all()
    gifts = sa.select(Gift).where(Gift.giver_id == member_id, Gift.state == "offered").order_by(Gift.id)
    claimed = sa.select(Claim.receipt).where(Claim.member_id == into_id, Claim.state != "refused")
    once = sa.or_(Claim.receipt.is_(None), Claim.receipt.not_in(claimed.where(Claim.receipt.is_not(None))))
    claims = sa.select(Claim).where(Claim.member_id == member_id, Claim.state == "open", once).order_by(Claim.id)
    in_already = sa.select(OptIn.promotion).where(OptIn.member_id == into_id)
    new_to_it = sa.select(OptIn.promotion).where(OptIn.member_id == member_id, OptIn.promotion.not_in(in_already))
    cards = sa.select(sa.func.count()).where(Card.member_id == member_id, Card.ended_at.is_(None))
    owed = sa.select(sa.func.coalesce(sa.func.sum(StarLot.owed), 0)).where(StarLot.member_id == member_id)
    lots = [lot for lot in lots_of(session, member_ids=[member_id]) if lot.state(now) != "expired"]
    return Coming(
        lots=lots,
        owed=session.scalar(owed) or 0,
        counted=_counted(session, member_id, now),
        redemptions=[{"id": each.id, "label": each.reward["label"], "stars": each.stars} for each in redemptions],
        gifts=[{"id": each.id, "stars": each.stars} for each in session.scalars(gifts)],
        claims=[{"id": each.id, "receipt": each.receipt} for each in session.scalars(claims)],
        promotions=list(session.scalars(new_to_it.order_by(OptIn.promotion))),
        cards=session.scalar(cards) or 0,
        left=_left(session, member_id),
    )


def _counted(session: Session, member_id: UUID, now: datetime) -> dict[datetime, int]:
    """Return the qualifying stars that may still count, by instant; what is older counts for nobody any more."""
    since = year_before(now, programme_at(session, at=now).timezone)
    total = sa.func.sum(StarEntry.qualifying)
    mine = sa.select(StarEntry.qualifies_at, total).where(
        StarEntry.member_id == member_id, StarEntry.qualifies_at >= since
    )
    rows = session.execute(mine.group_by(StarEntry.qualifies_at).having(total != 0))
    return {at: int(stars) for at, stars in rows if at is not None}


def _left(session: Session, member_id: UUID) -> dict[str, Any]:
    pool = sa.select(PoolMember.id).where(PoolMember.member_id == member_id, PoolMember.left_at.is_(None))
    in_orders = sa.select(sa.func.count()).where(Redemption.member_id == member_id, Redemption.state == "reserved")
    return {
        "pool": session.execute(pool).first() is not None,
        "redemptions_in_orders": session.scalar(in_orders) or 0,
    }


def tiers_with(session: Session, *, member_id: UUID, coming: Coming, now: datetime) -> dict[str, str | None]:
    """Return a member's tier by the published rule, without and with the qualifying stars that come over."""
    programme = programme_at(session, at=now)
    own = shown_tier(session, programme, member_id, now)["qualifying_stars"]
    before, after = tier_at(programme.tiers, own), tier_at(programme.tiers, own + coming.qualifying)
    return {
        "tier_before": before.key if before is not None else None,
        "tier_after": after.key if after is not None else None,
    }


def shown_coming(coming: Coming, now: datetime) -> dict[str, Any]:
    """Return what would come over, with the lots and the terms that they keep."""
    return {**coming.document(now), "lots": [lot_document(lot) for lot in coming.lots]}


def shown_mergers(session: Session, *, member_id: UUID, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 mergers that a member was a part of, the newest first."""
    mine = sa.select(Merger).where(sa.or_(Merger.from_member_id == member_id, Merger.into_member_id == member_id))
    found = session.scalars(newest(mine, Merger.id, before=before, limit=limit))
    return [_shown(each, member_id) for each in found]


def shown_merger(session: Session, *, member_id: UUID, merger_id: UUID) -> dict[str, Any]:
    """Return a merger to the member whose account stays."""
    return _shown(session.get_one(Merger, merger_id), member_id)


def _shown(merger: Merger, member_id: UUID) -> dict[str, Any]:
    stays = merger.into_member_id == member_id
    shown = {"id": merger.id, "role": "stays" if stays else "given_up", "merged_at": merger.merged_at}
    # Those of before there were cards say nothing of any. The tier is the other account's.
    return {**shown, "cards": 0, **merger.document, **({} if stays else {"tier_before": None, "tier_after": None})}
