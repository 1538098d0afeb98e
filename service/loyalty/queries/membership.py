"""A member as they are shown: stars, tier, promotions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..errors import NotJoined
from ..models import Member, OptIn, StarEntry, StarLot
from ..rules.calendar import year_before
from ..rules.programme import Programme, Tier
from ..rules.tiers import next_tier, tier_at
from .awaited import awaited
from .programme import programme_at


def member_of(session: Session, *, customer_id: UUID) -> Member:
    """Return the customer's membership. Raises NotJoined."""
    mine = sa.select(Member).where(Member.customer_id == customer_id, Member.left_at.is_(None))
    member = session.scalars(mine).first()
    if member is None:
        raise NotJoined()
    return member


def history_of(session: Session, *, customer_id: UUID) -> Member:
    """Return the customer's membership, also one that ended: what was entered in it stays theirs to read. Raises
    NotJoined."""
    member = session.scalars(sa.select(Member).where(Member.customer_id == customer_id)).first()
    if member is None:
        raise NotJoined()
    return member


def is_in(session: Session, *, member_id: UUID) -> bool:
    """Tell whether a membership lasts: who left reads what they had, and changes nothing of it."""
    return session.get_one(Member, member_id).left_at is None


def customer_of(session: Session, *, member_id: UUID) -> UUID | None:
    """Return whose membership it is."""
    return session.scalar(sa.select(Member.customer_id).where(Member.id == member_id))


def customers_of(session: Session, *, member_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return whose memberships they are, of those who are in the programme; no statement where none is asked for."""
    asked = sa.select(Member.id, Member.customer_id).where(Member.id.in_(member_ids), Member.left_at.is_(None))
    return {row.id: row.customer_id for row in session.execute(asked)} if member_ids else {}


def opted_in(session: Session, *, member_id: UUID, at: datetime) -> set[str]:
    """Return the promotions that a member was in at an instant."""
    mine = sa.select(OptIn.promotion).where(OptIn.member_id == member_id, OptIn.opted_in_at <= at)
    return set(session.scalars(mine))


def shown_member(session: Session, *, customer_id: UUID, now: datetime) -> dict[str, Any]:
    """Return the customer's membership: stars that can be spent and those to come, also of open orders, tier,
    promotions. Raises NotJoined, NotFound."""
    member = member_of(session, customer_id=customer_id)
    programme = programme_at(session, at=now)
    rows = session.execute(
        sa.select(StarLot.remaining, StarLot.available_at).where(
            StarLot.member_id == member.id,
            StarLot.remaining > 0,
            sa.or_(StarLot.expires_at.is_(None), StarLot.expires_at > now),
        )
    ).all()
    available = sum(row.remaining for row in rows if row.available_at <= now)
    open_orders = awaited(session, customer_id=customer_id)
    return {
        "joined_at": member.joined_at,
        "programme_version": programme.version,
        "stars": {
            "available": available,
            "pending": sum(row.remaining for row in rows) - available,
            "in_open_orders": sum(each["stars"] for each in open_orders),
        },
        "open_orders": open_orders,
        "tier": shown_tier(session, programme, member.id, now),
        "promotions": _promotions(session, programme, member.id, now),
        "version": member.version,
    }


def shown_tier(session: Session, programme: Programme, member_id: UUID, now: datetime) -> dict[str, Any]:
    """Return the tier by the published rule: qualifying stars since the same day a year ago."""
    since = year_before(now, programme.timezone)
    counted = sa.select(sa.func.coalesce(sa.func.sum(StarEntry.qualifying), 0)).where(
        StarEntry.member_id == member_id, StarEntry.qualifies_at >= since, StarEntry.qualifies_at <= now
    )
    qualifying = int(session.scalar(counted) or 0)
    tier, above = tier_at(programme.tiers, qualifying), next_tier(programme.tiers, qualifying)
    return {
        "qualifying_stars": qualifying,
        "since": since,
        "current": _tier(tier) if tier is not None else None,
        "next": {**_tier(above), "missing": above.threshold - qualifying} if above is not None else None,
    }


def _tier(tier: Tier) -> dict[str, Any]:
    return {"key": tier.key, "label": tier.label, "threshold": tier.threshold, "benefits": list(tier.benefits)}


def _promotions(session: Session, programme: Programme, member_id: UUID, now: datetime) -> list[dict[str, Any]]:
    mine = {row.promotion: row for row in session.scalars(sa.select(OptIn).where(OptIn.member_id == member_id))}
    return [
        {
            "key": each.key,
            "label": each.label,
            "terms": each.terms,
            "starts_at": each.starts_at,
            "ends_at": each.ends_at,
            "opted_in_at": mine[each.key].opted_in_at if each.key in mine else None,
        }
        for each in programme.promotions.values()
        if now < each.ends_at
    ]
