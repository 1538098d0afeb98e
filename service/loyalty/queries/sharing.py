"""Gifts, pools and claims, as whoever has to do with them sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import newest
from ...errors import NotFound
from ..models import Claim, Gift, Pool, PoolMember
from .membership import is_in


def shown_gift(session: Session, *, member_id: UUID, gift_id: UUID) -> dict[str, Any]:
    """Return a gift to its giver or its receiver. Raises NotFound."""
    gift = session.get(Gift, gift_id)
    if gift is None or member_id not in (gift.giver_id, gift.receiver_id):
        raise NotFound("gift")
    return _gift(gift, member_id, may_take_back=is_in(session, member_id=member_id))


def shown_gifts(session: Session, *, member_id: UUID, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 gifts that a member gave or received, the newest first."""
    mine = sa.select(Gift).where(sa.or_(Gift.giver_id == member_id, Gift.receiver_id == member_id))
    found = session.scalars(newest(mine, Gift.id, before=before, limit=limit))
    may_take_back = is_in(session, member_id=member_id)
    return [_gift(each, member_id, may_take_back=may_take_back) for each in found]


def _gift(gift: Gift, member_id: UUID, *, may_take_back: bool) -> dict[str, Any]:
    is_mine = gift.giver_id == member_id
    return {
        "id": gift.id,
        "role": "giver" if is_mine else "receiver",
        "stars": gift.stars,
        "message": gift.message,
        "state": gift.state,
        "offered_at": gift.offered_at,
        "ends_at": gift.ends_at,
        "ended_at": gift.ended_at,
        "next_actions": ["take_back"] if may_take_back and is_mine and gift.state == "offered" else [],
    }


def shown_pools(session: Session, *, member_id: UUID) -> list[dict[str, Any]]:
    """Return the pool that a member is in, if any: who is in it, and how many stars each lets the others spend. What
    anybody earned or redeemed is shown to nobody."""
    mine = sa.select(PoolMember.pool_id).where(PoolMember.member_id == member_id, PoolMember.left_at.is_(None))
    pools = session.scalars(sa.select(Pool).where(Pool.id.in_(mine))).all()
    return [_pool(session, pool, member_id) for pool in pools]


def shown_pool(session: Session, *, member_id: UUID, pool_id: UUID) -> dict[str, Any]:
    """Return the pool that a member is in. Raises NotFound."""
    for pool in shown_pools(session, member_id=member_id):
        if pool["id"] == pool_id:
            return pool
    raise NotFound("pool")


def _pool(session: Session, pool: Pool, member_id: UUID) -> dict[str, Any]:
    inside = sa.select(PoolMember).where(PoolMember.pool_id == pool.id, PoolMember.left_at.is_(None))
    return {
        "id": pool.id,
        "name": pool.name,
        "made_at": pool.made_at,
        "members": [
            {
                "name": each.name,
                "is_you": each.member_id == member_id,
                "cap": each.cap,
                "used": each.used,
                "joined_at": each.joined_at,
            }
            for each in session.scalars(inside.order_by(PoolMember.id))
        ],
    }


def shown_claim(session: Session, *, member_id: UUID, claim_id: UUID) -> dict[str, Any]:
    """Return one of a member's claims. Raises NotFound."""
    claim = session.get(Claim, claim_id)
    if claim is None or claim.member_id != member_id:
        raise NotFound("claim")
    return _claim(claim)


def shown_claims(session: Session, *, member_id: UUID, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 of a member's claims, the newest first."""
    mine = sa.select(Claim).where(Claim.member_id == member_id)
    return [_claim(each) for each in session.scalars(newest(mine, Claim.id, before=before, limit=limit))]


def claim_to_answer(session: Session, *, claim_id: UUID) -> dict[str, Any]:
    """Return a claim to those who answer it. Raises NotFound."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound("claim")
    return _claim(claim)


def open_claims(session: Session, *, after: tuple[datetime, UUID] | None, limit: int) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 claims that wait for an answer, those due first."""
    waiting = sa.select(Claim).where(Claim.state == "open")
    if after is not None:
        place = sa.tuple_(sa.literal(after[0], Claim.due_at.type), sa.literal(after[1], Claim.id.type))
        waiting = waiting.where(sa.tuple_(Claim.due_at, Claim.id) > place)
    return [_claim(each) for each in session.scalars(waiting.order_by(Claim.due_at, Claim.id).limit(limit + 1))]


def _claim(claim: Claim) -> dict[str, Any]:
    names = ("id", "receipt", "note", "state", "stars", "answer", "due_at", "claimed_at", "answered_at")
    return {name: getattr(claim, name) for name in names}
