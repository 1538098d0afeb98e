"""Bringing one account's stars into another's: agreed to at the one that is given up, done once at the one that
stays."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from .. import queries
from ..errors import NothingToMerge, NotJoined
from ..models import Card, Claim, Gift, Member, Merger, MergerConsent, OptIn, Redemption, StarLot
from ..rules.lots import Taken
from ..rules.mergers import CLAIMED_TWICE, CONSENT_LASTS, Coming
from .facts import AccountsMerged
from .gifts import hash_of
from .ledger import append, append_qualifying, lock_member, lock_members, out_of
from .pools import leave_pool_of


def consent_to_merger(session: Session, *, customer_id: UUID, now: datetime) -> tuple[str, datetime]:
    """Let whoever has the returned token bring the customer's membership into theirs, once, until the returned instant;
    it is kept nowhere, and a newer one takes its place. Raises NotJoined."""
    member = lock_member(session, customer_id=customer_id, now=now)
    token, ends_at = secrets.token_urlsafe(24), now + CONSENT_LASTS
    withdraw_consent_of(session, member.id)
    session.add(MergerConsent(member_id=member.id, token_hash=hash_of(token), ends_at=ends_at))
    return token, ends_at


def withdraw_consent(session: Session, *, customer_id: UUID, now: datetime) -> None:
    """Let the token that the customer got last bring nothing over any more. Raises NotJoined."""
    member = lock_member(session, customer_id=customer_id, now=now)
    withdraw_consent_of(session, member.id)


def withdraw_consent_of(session: Session, member_id: UUID) -> None:
    """Do the same for a locked member."""
    given = sa.delete(MergerConsent).where(MergerConsent.member_id == member_id)
    session.execute(given.execution_options(synchronize_session=False))


def preview_merger(session: Session, *, customer_id: UUID, token: str, now: datetime) -> dict[str, Any]:
    """Return what would come over from the account whose customer gave the token, and what becomes of the tier, by the
    very plan that the merger follows; changes nothing. Raises NotJoined, NothingToMerge."""
    mine = queries.member_of(session, customer_id=customer_id).id
    theirs = _consenting(session, token, mine, now)
    coming = queries.coming_over(session, member_id=theirs, into_id=mine, now=now)
    return {
        **queries.shown_coming(coming, now),
        **queries.tiers_with(session, member_id=mine, coming=coming, now=now),
    }


def _consenting(session: Session, token: str, mine: UUID, now: datetime) -> UUID:
    given = sa.select(Member.id).join(MergerConsent, MergerConsent.member_id == Member.id)
    given = given.where(
        MergerConsent.token_hash == hash_of(token), MergerConsent.ends_at > now, Member.left_at.is_(None)
    )
    theirs = session.scalar(given)
    if theirs is None or theirs == mine:
        raise NothingToMerge()
    return theirs


def merge(session: Session, *, customer_id: UUID, token: str, now: datetime) -> UUID:
    """Bring the membership that the token proves into the customer's: all of its lots with their terms, what counts
    towards a tier, held redemptions, open gifts and claims. That membership ends. Returns the merger's id.

    Docs/loyalty.md, "Bringing one account into another", says what becomes of each. Raises NotJoined, NothingToMerge.
    """
    mine = queries.member_of(session, customer_id=customer_id).id
    theirs = _consenting(session, token, mine, now)
    members = lock_members(session, [mine, theirs], now=now)
    stays, given_up = members[mine], members[theirs]
    if stays.left_at is not None:
        raise NotJoined()
    # Again under the locks: of two with the same token, and two that cross, one comes first.
    if _consenting(session, token, mine, now) != theirs:
        raise NothingToMerge()
    coming = queries.coming_over(session, member_id=theirs, into_id=mine, now=now, for_update=True)
    tiers = queries.tiers_with(session, member_id=mine, coming=coming, now=now)
    merger = Merger(
        id=new_id(),
        from_member_id=theirs,
        into_member_id=mine,
        token_hash=hash_of(token),
        stars=coming.stars,
        qualifying=coming.qualifying,
        document={**coming.document(now), **tiers},
        merged_at=now,
    )
    session.add(merger)
    _move_stars(session, given_up, stays, coming, merger.id, now)
    _hand_on(session, theirs, mine, coming, now)
    _end(session, given_up, now)
    merged = AccountsMerged(subject_id=mine, merger_id=merger.id, stars=merger.stars, happened_at=now)
    events.record(session, merged)
    return merger.id


def _move_stars(
    session: Session, given_up: Member, stays: Member, coming: Coming, merger_id: UUID, now: datetime
) -> None:
    """Enter on both sides what goes and comes, and give every lot, also those that are spent, to the one that stays:
    each keeps its terms, what was reversed of it, what it owes, and whether it had its grace."""
    moved = [Taken(lot.id, lot.member_id, lot.remaining) for lot in coming.lots]
    said: dict[str, Any] = {"now": now, "reference_id": merger_id, "reason": "merger"}
    less = {at: -stars for at, stars in coming.counted.items()}
    append(session, given_up, "merged_out", out_of(moved), **said)
    append_qualifying(session, given_up, "merged_out", less, **said)
    theirs = sa.update(StarLot).where(StarLot.member_id == given_up.id).values(member_id=stays.id, is_pooled=False)
    session.execute(theirs.execution_options(synchronize_session=False))
    append(session, stays, "merged_in", moved, **said)
    append_qualifying(session, stays, "merged_in", coming.counted, **said)


def _hand_on(session: Session, theirs: UUID, mine: UUID, coming: Coming, now: datetime) -> None:
    """Give what is not over yet to the one that stays; what is, and what stands in an order, stays where it was."""
    coming_claims = Claim.id.in_([each["id"] for each in coming.claims])
    twice = sa.update(Claim).where(Claim.member_id == theirs, Claim.state == "open", ~coming_claims)
    handed_on: list[sa.Update] = [
        sa.update(Redemption)
        .where(Redemption.id.in_([each["id"] for each in coming.redemptions]))
        .values(member_id=mine, version=Redemption.version + 1),
        sa.update(Gift).where(Gift.giver_id == theirs, Gift.state == "offered").values(giver_id=mine),
        twice.values(state="refused", answer=CLAIMED_TWICE, answered_at=now),
        sa.update(Claim).where(coming_claims).values(member_id=mine),
        sa.update(Card).where(Card.member_id == theirs).values(member_id=mine),
    ]
    for statement in handed_on:
        session.execute(statement.execution_options(synchronize_session=False))
    # From now on: nothing that was ordered before earns by it.
    session.add_all(OptIn(member_id=mine, promotion=each, opted_in_at=now) for each in coming.promotions)


def _end(session: Session, given_up: Member, now: datetime) -> None:
    withdraw_consent_of(session, given_up.id)
    leave_pool_of(session, given_up.id, now=now)
    session.execute(sa.delete(OptIn).where(OptIn.member_id == given_up.id))
    given_up.left_at, given_up.version = now, given_up.version + 1
    session.flush()  # the answer is read from the table
