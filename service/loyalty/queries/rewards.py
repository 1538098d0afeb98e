"""Rewards as they can be redeemed, redemptions, and what one would leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import newest
from ...errors import NotFound
from ..errors import RedemptionOver
from ..models import Member, PoolMember, Redemption
from .membership import is_in
from .programme import document_of, prices_of, versions


@dataclass(frozen=True, slots=True)
class Offer:
    """A reward as it is redeemed now: its terms, and what it costs in stars of each version. `version_now` is the
    version in force, `programme_version` the one whose reward it is: the last one that had it."""

    document: dict[str, Any]
    prices: Mapping[int, int | None]
    version_now: int
    programme_version: int


def offer_of(session: Session, *, reward_key: str, now: datetime) -> Offer:
    """Return the reward, also one that is offered no more: stars that were earned while it was can be redeemed for it.

    Raises NotFound.
    """
    begun = [each for each in versions(session) if each.effective_at <= now]
    having = [each.version for each in begun if reward_key in each.rewards]
    if not having:
        raise NotFound("reward")
    terms = document_of(session, version=having[-1])
    document = next(each for each in terms["rewards"] if each["key"] == reward_key)
    return Offer(document, prices_of(begun, reward_key), begun[-1].version, having[-1])


def consents_beside(session: Session, *, member_id: UUID) -> list[PoolMember]:
    """Return what the others of a member's pool consented to; nobody where they are in none."""
    pool = (
        sa.select(PoolMember.pool_id)
        .where(PoolMember.member_id == member_id, PoolMember.left_at.is_(None))
        .scalar_subquery()
    )
    others = sa.select(PoolMember).where(
        PoolMember.pool_id == pool, PoolMember.left_at.is_(None), PoolMember.member_id != member_id
    )
    return list(session.scalars(others.order_by(PoolMember.id), execution_options={"populate_existing": True}))


def reward_to_use(
    session: Session, *, customer_id: UUID, redemption_id: UUID, order_id: UUID | None
) -> tuple[dict[str, Any], int]:
    """Return the reward of a customer's redemption that a basket can use, and its stars: it is held, or stands in the
    order that is to be replaced. Raises NotFound, RedemptionOver."""
    mine = sa.select(Redemption).join(Member, Member.id == Redemption.member_id)
    found = session.scalars(mine.where(Redemption.id == redemption_id, Member.customer_id == customer_id)).first()
    if found is None:
        raise NotFound("redemption")
    if found.state != "held" and not (found.state == "reserved" and found.order_id == order_id):
        raise RedemptionOver(found.state)
    return found.reward, found.stars


def shown_redemption(session: Session, *, member_id: UUID, redemption_id: UUID) -> dict[str, Any]:
    """Return one of a member's redemptions. Raises NotFound."""
    found = session.get(Redemption, redemption_id)
    if found is None or found.member_id != member_id:
        raise NotFound("redemption")
    return _shown(found, may_cancel=is_in(session, member_id=member_id))


def shown_redemptions(session: Session, *, member_id: UUID, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 of a member's redemptions, the newest first."""
    mine = sa.select(Redemption).where(Redemption.member_id == member_id)
    found = session.scalars(newest(mine, Redemption.id, before=before, limit=limit))
    may_cancel = is_in(session, member_id=member_id)
    return [_shown(each, may_cancel=may_cancel) for each in found]


def _shown(found: Redemption, *, may_cancel: bool) -> dict[str, Any]:
    return {
        "id": found.id,
        "reward": found.reward,
        "programme_version": found.programme_version,
        "stars": found.stars,
        "state": found.state,
        "order_id": found.order_id,
        "redeemed_at": found.redeemed_at,
        "ended_at": found.ended_at,
        "next_actions": ["cancel"] if may_cancel and found.state == "held" else [],
        "version": found.version,
    }
