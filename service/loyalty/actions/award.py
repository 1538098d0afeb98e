"""Stars for orders: earned at pickup, reversed as far as the order was given back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from .. import queries
from ..models import Member, StarEntry, StarLot
from ..rules.earning import Agreed, Basket, Earned, earn
from ..rules.lots import Taken, available_from, expiry_of
from ..rules.programme import Programme, in_force
from .facts import StarsDiffered
from .ledger import append, find_member, lock_members, lock_owners, open_lot


def award(
    session: Session,
    *,
    customer_id: UUID,
    order_id: UUID,
    basket: Basket,
    now: datetime,
    agreed: Agreed | None = None,
) -> int:
    """Give a member the stars of an order that was picked up, by the terms that it was quoted under (`agreed`), else by
    those that held when it was placed; return how many. Where the customer's account was brought into another one
    since, they are that one's. Nothing for who isn't a member; nothing again for an order that
    earned already. Where it isn't what was agreed, a fact names the difference."""
    member = member_of_promise(session, customer_id=customer_id, at=basket.at, now=now)
    if member is None:
        _tell_of_leaving(session, customer_id, order_id, agreed, now)
        return 0
    if has_earned(session, order_id=order_id):
        return 0
    return award_member(session, member, order_id=order_id, basket=basket, agreed=agreed, now=now)


def award_member(
    session: Session,
    member: Member,
    *,
    order_id: UUID,
    basket: Basket,
    now: datetime,
    agreed: Agreed | None = None,
    card_id: UUID | None = None,
) -> int:
    """Do the same for a locked member and an order that didn't earn yet, or a sale at a counter, by the `card_id` that
    was shown there."""
    programme, promotions = _terms(session, member, basket, agreed)
    if programme is None:
        return 0
    given = earn(programme, basket, promotions)
    for each in given:
        _give(session, member, programme, each, now, order_id=order_id, reference_id=card_id)
    if agreed is not None:
        _tell_difference(session, member.id, order_id, agreed, {each.rule: each.stars for each in given}, now)
    return sum(each.stars for each in given)


def member_of_promise(session: Session, *, customer_id: UUID, at: datetime, now: datetime) -> Member | None:
    """Return, locked, the membership that has what a customer was promised at an instant: their own, or the one that
    it was brought into since; None where there is none, or its customer left."""
    member = find_member(session, customer_id=customer_id, now=now)
    if member is not None and member.joined_at <= at:
        return member
    moved, found = queries.merged_into(session, customer_id=customer_id, at=at), None
    while moved is not None and moved != found:
        member = lock_members(session, [moved], now=now)[moved]
        # Under its lock it isn't brought into a next one.
        moved, found = queries.merged_into(session, customer_id=customer_id, at=at), moved
    return member if member is not None and member.left_at is None else None


def _terms(
    session: Session, member: Member, basket: Basket, agreed: Agreed | None
) -> tuple[Programme | None, Collection[str]]:
    versions = queries.versions(session)
    if agreed is None:
        return in_force(versions, basket.at), queries.opted_in(session, member_id=member.id, at=basket.at)
    return next(each for each in versions if each.version == agreed.programme_version), agreed.promotions


def _tell_of_leaving(session: Session, customer_id: UUID, order_id: UUID, agreed: Agreed | None, now: datetime) -> None:
    if agreed is not None:
        left = session.scalar(sa.select(Member.id).where(Member.customer_id == customer_id))
        if left is not None:
            _tell_difference(session, left, order_id, agreed, {}, now)


def _tell_difference(
    session: Session, member_id: UUID, order_id: UUID, agreed: Agreed, posted: Mapping[str, int], now: datetime
) -> None:
    rules = sorted({*agreed.stars, *posted})
    differing = [
        {"rule": rule, "shown": agreed.stars.get(rule, 0), "posted": posted.get(rule, 0)}
        for rule in rules
        if agreed.stars.get(rule, 0) != posted.get(rule, 0)
    ]
    if differing:
        events.record(
            session,
            StarsDiffered(subject_id=member_id, happened_at=now, order_id=order_id, differences=tuple(differing)),
        )


def _give(
    session: Session,
    member: Member,
    programme: Programme,
    earned: Earned,
    now: datetime,
    *,
    order_id: UUID,
    reference_id: UUID | None,
) -> None:
    lot = open_lot(
        session,
        member,
        stars=earned.stars,
        programme_version=programme.version,
        rule=earned.rule,
        order_id=order_id,
        earned_at=now,
        available_at=available_from(programme, now),
        expires_at=expiry_of(programme, now),
    )
    append(
        session,
        member,
        "earned",
        [lot],
        now=now,
        qualifying=earned.qualifying,
        qualifies_at=now,
        order_id=order_id,
        reference_id=reference_id,
        rule=earned.rule,
        programme_version=programme.version,
    )


def has_earned(session: Session, *, order_id: UUID) -> bool:
    """Tell whether an order earned its stars, whoever got them."""
    found = sa.select(StarEntry.number).where(StarEntry.order_id == order_id, StarEntry.kind == "earned").limit(1)
    return session.execute(found).first() is not None


def reverse(session: Session, *, order_id: UUID, basket: Basket | None, now: datetime) -> int:
    """Take back what an order earned and would not have earned for what is left of it (`basket`; None: nothing is);
    return how many stars. Doing it again takes nothing: what counts is what is left, not how it came to that.

    Each rule's stars are taken from the lot that it made, whoever has it now. What was spent of it already is owed by
    that lot alone.
    """
    of_order = sa.select(StarLot.id).where(StarLot.order_id == order_id)
    members = lock_owners(session, session.scalars(of_order).all(), now=now)
    # Looked at under the members' locks: a spending that ran meanwhile is seen.
    made_by = sa.select(StarEntry).where(StarEntry.order_id == order_id, StarEntry.kind == "earned")
    entries = session.scalars(made_by.order_by(StarEntry.member_id, StarEntry.number)).all()
    terms = {each.version: each for each in queries.versions(session)}
    taken = 0
    for entry in entries:
        assert entry.rule is not None and entry.programme_version is not None  # noqa: PT018 - so it was earned
        left = {each.rule: each for each in _earned(terms[entry.programme_version], basket, entry.rule)}
        keeps = left[entry.rule].stars if entry.rule in left else 0
        taken += _take_back(session, members, entry, keeps, now)
    return taken


def _earned(programme: Programme, basket: Basket | None, rule: str) -> tuple[Earned, ...]:
    return earn(programme, basket, {rule}) if basket is not None else ()


def _take_back(session: Session, members: Mapping[UUID, Member], entry: StarEntry, keeps: int, now: datetime) -> int:
    made = sa.select(StarLot).where(StarLot.order_id == entry.order_id, StarLot.rule == entry.rule)
    lot = session.scalars(made, execution_options={"populate_existing": True}).one()
    member = members[lot.member_id]  # who got it by a merger, where there was one
    more = lot.stars - keeps - lot.reversed
    if more <= 0:
        return 0
    there = min(more, lot.remaining)
    lot.reversed, lot.owed = lot.reversed + more, lot.owed + more - there
    append(
        session,
        member,
        "reversed",
        [Taken(lot.id, member.id, -there)] if there else [],
        now=now,
        # As long ago as they were earned, so that both leave the twelve months together.
        qualifying=-more if entry.qualifying else 0,
        qualifies_at=entry.qualifies_at,
        order_id=entry.order_id,
        rule=entry.rule,
        part=lot.reversed,
        programme_version=entry.programme_version,
    )
    return more


def give_stars(
    session: Session,
    *,
    customer_id: UUID,
    stars: int,
    rule: str,
    now: datetime,
    order_id: UUID | None = None,
    promised_at: datetime | None = None,
    reason: str | None = None,
    reference_id: UUID | None = None,
) -> int:
    """Give a member stars that no order earned, such as a remedy, once for an order and rule; return how many. They
    count towards no tier. What was `promised_at` an instant is the account's that the customer's was brought into
    since."""
    member = member_of_promise(session, customer_id=customer_id, at=promised_at or now, now=now)
    if member is None:
        return 0
    given = sa.select(StarEntry.number).where(
        StarEntry.order_id == order_id, StarEntry.rule == rule, StarEntry.kind == "granted"
    )
    if order_id is not None and session.execute(given).first() is not None:
        return 0
    programme = queries.programme_at(session, at=now)
    terms: dict[str, Any] = {"programme_version": programme.version, "rule": rule, "order_id": order_id}
    lot = open_lot(
        session,
        member,
        stars=stars,
        earned_at=now,
        available_at=now,
        expires_at=expiry_of(programme, now),
        **terms,
    )
    append(session, member, "granted", [lot], now=now, reason=reason, reference_id=reference_id, **terms)
    return stars
