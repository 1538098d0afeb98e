"""What a redemption would take and leave; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import queries
from .redeem import plan_redemption, require_left


def preview_redemption(
    session: Session, *, customer_id: UUID, reward: str, lots: Sequence[UUID] | None, from_pool: bool, now: datetime
) -> dict[str, Any]:
    """Return which lots would pay for a reward and what they would have left, by the very plan that redeeming follows.

    Raises NotJoined, NotFound, Invalid, NotEnoughStars, RewardsGone.
    """
    mine = queries.member_of(session, customer_id=customer_id).id
    consents = queries.consents_beside(session, member_id=mine) if from_pool else []
    left = queries.lots_of(session, member_ids=[mine, *(each.member_id for each in consents)])
    plan = plan_redemption(session, mine, reward, lots, consents, left, now=now)
    require_left(session, reward)
    remaining = {lot.id: lot.remaining for lot in left}
    own = [each for each in plan.taken if each.member_id == mine]
    available = sum(lot.remaining for lot in left if lot.member_id == mine and lot.state(now) == "available")
    tier = queries.shown_tier(session, queries.programme_at(session, at=now), mine, now)["current"]
    name = tier["key"] if tier is not None else None
    return {
        "reward": plan.offer.document,
        "stars": sum(each.stars for each in plan.taken),
        "lots": [
            {"lot_id": each.lot_id, "stars": each.stars, "remaining": remaining[each.lot_id] - each.stars}
            for each in own
        ],
        "from_pool_stars": sum(each.stars for each in plan.taken if each.member_id != mine),
        "available_after": available - sum(each.stars for each in own),
        "tier_before": name,
        "tier_after": name,  # stars that are spent count towards it as before
    }
