"""Redeeming stars for rewards, and taking that back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import new_id
from ...errors import Invalid, NotFound
from .. import queries
from ..errors import NotEnoughStars, RedemptionOver, RewardsGone
from ..models import Member, PoolMember, Redemption, RewardStock
from ..rules.lots import Lot, Taken, earliest_expiry_first, pay, price_under
from ..rules.pools import within_consents
from .coming_back import lock_taken, put_back, taken_for
from .ledger import append, lock_member, lock_members, lots_left, of_member, out_of

_STOCK: sa.Table = RewardStock.__table__  # type: ignore[assignment]
_TAKE_ONE = (
    sa.update(_STOCK)
    .where(_STOCK.c.reward_key == sa.bindparam("of_reward"), _STOCK.c.units_left > 0)
    .values(units_left=_STOCK.c.units_left - 1)
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which lots pay for a reward, as whose; `shares` are the stars of each pool member's consent, by its id."""

    offer: queries.Offer
    taken: list[Taken]
    shares: dict[str, int]


def redeem(
    session: Session, *, customer_id: UUID, reward: str, lots: Sequence[UUID] | None, from_pool: bool, now: datetime
) -> UUID:
    """Redeem stars for a reward, to be used in an order; return the redemption's id.

    The named `lots` pay in their order, else those that expire first; with `from_pool` the others' of the pool after
    one's own, as far as they consented. Raises NotJoined, NotFound, Invalid, NotEnoughStars, RewardsGone.
    """
    mine = lock_member(session, customer_id=customer_id, now=now)
    members = lock_pool(session, mine, now) if from_pool else {mine.id: mine}
    # Read under the locks: whoever left meanwhile, or let another spend theirs, isn't held to what they said before.
    beside = queries.consents_beside(session, member_id=mine.id) if from_pool else []
    consents = [each for each in beside if each.member_id in members]
    plan = plan_redemption(session, mine.id, reward, lots, consents, lots_left(session, members), now=now)
    is_limited = take_one(session, reward)
    redemption_id = new_id()
    session.add(
        Redemption(
            id=redemption_id,
            member_id=mine.id,
            reward_key=reward,
            reward=plan.offer.document,
            programme_version=plan.offer.programme_version,
            stars=sum(each.stars for each in plan.taken),
            shares=plan.shares,
            is_limited=is_limited,
            state="held",
            order_id=None,
            version=1,
            redeemed_at=now,
            ended_at=None,
        )
    )
    for member_id, taken in sorted(of_member(plan.taken).items()):
        # Nobody in a pool is told what another redeems.
        told: dict[str, Any] = (
            {"rule": reward, "programme_version": plan.offer.programme_version} if member_id == mine.id else {}
        )
        reason = None if member_id == mine.id else "pool"
        append(
            session,
            members[member_id],
            "redeemed",
            out_of(taken),
            now=now,
            reference_id=redemption_id,
            reason=reason,
            **told,
        )
    _use_consents(session, plan.shares, +1)
    return redemption_id


def redeem_from(
    session: Session, *, customer_id: UUID, reward: str, lots: Sequence[UUID], now: datetime
) -> tuple[UUID, dict[UUID, int]]:
    """Redeem stars of the member's own lots; return the redemption's id, and how many each lot paid. Raises as
    `redeem`."""
    redemption_id = redeem(session, customer_id=customer_id, reward=reward, lots=lots, from_pool=False, now=now)
    session.flush()  # what was taken is read from the tables
    return redemption_id, {each.lot_id: each.stars for each in taken_for(session, redemption_id, "redeemed")}


def lock_pool(session: Session, mine: Member, now: datetime) -> dict[UUID, Member]:
    """Return whoever is in one's pool, and oneself, locked.

    One's own is held already: where another's comes before it, two who redeem at once may wait in a ring; the database
    ends one of them, and the edge runs it again.
    """
    session.flush()
    others = queries.consents_beside(session, member_id=mine.id)
    return lock_members(session, [mine.id, *(each.member_id for each in others)], now=now)


def plan_redemption(
    session: Session,
    member_id: UUID,
    reward: str,
    lots: Sequence[UUID] | None,
    consents: Sequence[PoolMember],
    left: Sequence[Lot],
    *,
    now: datetime,
) -> Plan:
    """Return which lots would pay for a reward. Raises NotFound, Invalid, NotEnoughStars."""
    offer = queries.offer_of(session, reward_key=reward, now=now)
    usable = [lot for lot in left if lot.state(now) == "available"]
    own = earliest_expiry_first([lot for lot in usable if lot.member_id == member_id])
    if lots is not None:
        own = _named(own, lots)
    caps = {each.member_id: each.cap - each.used for each in consents}
    others = within_consents(earliest_expiry_first(_paying(offer, usable, beside=member_id)), caps)
    taken = pay([*own, *others], offer.prices, offer.version_now)
    if taken is None:
        raise NotEnoughStars(sum(lot.remaining for lot in [*own, *others]))
    pooled = {lot.id for lot in others if lot.is_pooled}
    ids = {each.member_id: str(each.id) for each in consents}
    shares: dict[str, int] = {}
    for each in taken:
        if each.member_id in ids and each.lot_id not in pooled:
            shares[ids[each.member_id]] = shares.get(ids[each.member_id], 0) + each.stars
    return Plan(offer, taken, shares)


def _paying(offer: queries.Offer, lots: Sequence[Lot], *, beside: UUID) -> list[Lot]:
    """Return the others' lots that pay for the reward under their terms: what doesn't uses nothing of a consent."""
    return [
        lot
        for lot in lots
        if lot.member_id != beside and price_under(offer.prices, offer.version_now, lot.programme_version) is not None
    ]


def _named(own: Sequence[Lot], wanted: Sequence[UUID]) -> list[Lot]:
    known = {lot.id: lot for lot in own}
    wrong = {
        f"lots.{index}": ["You have no such lot with stars to spend, or it is named twice."]
        for index, lot_id in enumerate(wanted)
        if lot_id not in known or lot_id in wanted[:index]
    }
    if wrong:
        raise Invalid(wrong)
    return [known[lot_id] for lot_id in wanted]


def take_one(session: Session, reward: str) -> bool:
    """Take one of a limited reward's units, in one statement that takes none where none is left; tell whether it is
    limited. Raises RewardsGone."""
    if session.connection().execute(_TAKE_ONE, {"of_reward": reward}).rowcount:
        return True
    if session.scalar(sa.select(_STOCK.c.reward_key).where(_STOCK.c.reward_key == reward)) is not None:
        raise RewardsGone()
    return False


def require_left(session: Session, reward: str) -> None:
    """Refuse a limited reward of which none is left; takes none. Raises RewardsGone."""
    if session.scalar(sa.select(_STOCK.c.units_left).where(_STOCK.c.reward_key == reward)) == 0:
        raise RewardsGone()


def _use_consents(session: Session, shares: dict[str, int], sign: int) -> None:
    for consent_id, stars in sorted(shares.items()):
        session.execute(
            sa.update(PoolMember)
            .where(PoolMember.id == UUID(consent_id))
            .values(used=PoolMember.used + sign * stars)
            .execution_options(synchronize_session=False)
        )


def cancel_redemption(session: Session, *, customer_id: UUID, redemption_id: UUID, now: datetime) -> None:
    """Cancel a redemption that no order used: its stars go back to the lots they came from.

    Raises NotFound, RedemptionOver.
    """
    mine = lock_member(session, customer_id=customer_id, now=now, owning="redemption")
    redemption = _locked(session, redemption_id)
    if redemption.member_id != mine.id:
        raise NotFound("redemption")
    if redemption.state != "held":
        raise RedemptionOver(redemption.state)
    _give_back(session, redemption, by_store=False, now=now)


def reserve_reward(session: Session, *, customer_id: UUID, redemption_id: UUID, order_id: UUID) -> dict[str, Any]:
    """Put a held redemption into an order, which alone can use it then; return the reward as it was redeemed.

    Raises NotFound, RedemptionOver.
    """
    redemption = _locked(session, redemption_id)
    if queries.customer_of(session, member_id=redemption.member_id) != customer_id:
        raise NotFound("redemption")
    if redemption.state != "held":
        raise RedemptionOver(redemption.state)
    redemption.state, redemption.order_id, redemption.version = "reserved", order_id, redemption.version + 1
    return redemption.reward


def use_rewards(session: Session, *, order_id: UUID, now: datetime) -> None:
    """Let the redemptions in an order be used: it was picked up."""
    for redemption in _in_order(session, order_id, "reserved"):
        redemption.state, redemption.ended_at, redemption.version = "used", now, redemption.version + 1


def return_rewards(
    session: Session, *, order_id: UUID, now: datetime, only: Collection[UUID] | None = None, by_store: bool = True
) -> None:
    """Give back the stars of the redemptions in an order that was cancelled or refunded (or `only` of these), to the
    lots they came from; what would expire meanwhile has its grace: always where the store caused it (`by_store`)."""
    lock_rewards(session, order_id, now)
    for redemption in _in_order(session, order_id, "reserved", "used"):
        if only is None or redemption.id in only:
            _give_back(session, redemption, by_store=by_store, now=now)


def lock_rewards(session: Session, order_id: UUID, now: datetime) -> None:
    """Lock whose stars the rewards in an order took, and whose they are: before the redemptions, as whoever cancels one
    has it."""
    mine = sa.select(Redemption.id, Redemption.member_id).where(
        Redemption.order_id == order_id, Redemption.state.in_(("reserved", "used"))
    )
    rows = session.execute(mine).all()
    payers = {each.member_id for row in rows for each in taken_for(session, row.id, "redeemed")}
    if rows:
        lock_members(session, payers | {row.member_id for row in rows}, now=now)


def _in_order(session: Session, order_id: UUID, *states: str) -> Sequence[Redemption]:
    wanted = sa.select(Redemption).where(Redemption.order_id == order_id, Redemption.state.in_(states))
    # Locked: the customer may cancel one, or another order take it.
    return session.scalars(wanted.order_by(Redemption.id).with_for_update()).all()


def _locked(session: Session, redemption_id: UUID) -> Redemption:
    # Locked: of an order that uses it and its cancellation one comes first.
    redemption = session.get(Redemption, redemption_id, with_for_update=True, populate_existing=True)
    if redemption is None:
        raise NotFound("redemption")
    return redemption


def _give_back(session: Session, redemption: Redemption, *, by_store: bool, now: datetime) -> None:
    members, taken = lock_taken(session, redemption.id, "redeemed", now=now)
    put_back(session, members, taken, "returned", reference_id=redemption.id, by_store=by_store, now=now)
    _use_consents(session, redemption.shares, -1)
    redemption.state, redemption.ended_at, redemption.version = "cancelled", now, redemption.version + 1
    if redemption.is_limited:
        stock = sa.update(_STOCK).where(_STOCK.c.reward_key == redemption.reward_key)
        session.execute(stock.values(units_left=_STOCK.c.units_left + 1))
