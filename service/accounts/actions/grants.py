"""Letting somebody act for one: offered by mail, accepted or declined with its token, ended by either side."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from ...errors import Invalid, NotFound
from ..errors import OneTimeTokenNotValid, TooManyGrants
from ..models import Grant, Person
from ..rules import grants as rules
from ..rules import letters
from ..rules.one_time import hash_of
from .facts import GrantAccepted, GrantDeclined, GrantEnded, GrantOffered
from .post import post

# Offers to one address, whoever makes them: nobody's inbox is flooded through us.
MOST_MAILS, MAILS_WITHIN = 5, timedelta(hours=1)


def offer_grant(
    session: Session,
    *,
    giver_id: UUID,
    email: str,
    scopes: Sequence[rules.Scope],
    daily_limit: Mapping[str, Any] | None,
    timezone: str | None,
    label: str | None,
    expires_at: datetime,
    now: datetime,
) -> UUID:
    """Offer the reader of an address to do things for the customer; return the grant's id.

    The address is sent a token, whether it has an account or not: nothing is looked up, so nothing can tell. An address
    that was sent enough of them lately gets none. `daily_limit` is `amount_minor` and `currency`.
    Raises Invalid, TooManyGrants.
    """
    giver = session.get_one(Person, giver_id, with_for_update=True)  # two offers take turns: neither is one too many
    faults = rules.faults_of(
        scopes=scopes,
        amount_minor=daily_limit["amount_minor"] if daily_limit else None,
        timezone=timezone,
        expires_at=expires_at,
        now=now,
    )
    if giver.email == email:
        faults["email"] = ["This is your own address."]
    if faults:
        raise Invalid(faults)
    if _count_open(session, giver_id, now) >= rules.MOST_OPEN:
        raise TooManyGrants(rules.MOST_OPEN)
    has_enough = _mails_to(session, email, now) >= MOST_MAILS
    token = secrets.token_urlsafe(24)
    grant = Grant(
        id=new_id(),
        giver_id=giver_id,
        offered_to=email,
        token_hash=hash_of(token),
        label=label,
        may_place_orders=rules.PLACE_ORDERS in scopes,
        may_pick_up_orders=rules.PICK_UP_ORDERS in scopes,
        limit_minor=daily_limit["amount_minor"] if daily_limit else None,
        currency=daily_limit["currency"] if daily_limit else None,
        timezone=timezone,
        offered_at=now,
        offer_ends_at=min(expires_at, now + rules.OFFER_HOLDS),
        expires_at=expires_at,
    )
    session.add(grant)
    if not has_enough:
        post(session, letters.grant_offered(token), to=email, now=now)
    offered = GrantOffered(subject_id=grant.id, giver_id=giver_id, scopes=tuple(scopes), happened_at=now)
    events.record(session, offered)
    return grant.id


def _count_open(session: Session, giver_id: UUID, now: datetime) -> int:
    is_open = sa.and_(
        Grant.ended_at.is_(None),
        Grant.declined_at.is_(None),
        sa.case((Grant.accepted_at.is_(None), Grant.offer_ends_at), else_=Grant.expires_at) > now,
    )
    return session.scalar(sa.select(sa.func.count()).where(Grant.giver_id == giver_id, is_open)) or 0


def _mails_to(session: Session, email: str, now: datetime) -> int:
    lately = sa.and_(Grant.offered_to == email, Grant.offered_at > now - MAILS_WITHIN)
    return session.scalar(sa.select(sa.func.count()).where(lately)) or 0


def accept_grant(session: Session, *, receiver_id: UUID, token: str, now: datetime) -> UUID:
    """Take up the offer that the token proves: the customer may act for its giver from now on. Returns the grant's id.

    Whoever accepted it may do so again, which changes nothing. Raises OneTimeTokenNotValid, also for one's own offer.
    """
    grant = _take(session, token, receiver_id, now, receiver_id=receiver_id, accepted_at=now)
    if grant is None:
        accepted = sa.select(Grant.id).where(Grant.token_hash == hash_of(token), Grant.receiver_id == receiver_id)
        before = session.scalar(accepted)
        if before is None:
            raise OneTimeTokenNotValid()
        return before
    accepted_now = GrantAccepted(subject_id=grant.id, giver_id=grant.giver_id, receiver_id=receiver_id, happened_at=now)
    events.record(session, accepted_now)
    post(session, letters.grant_accepted(), to=session.get_one(Person, grant.giver_id).email, now=now)
    return grant.id


def decline_grant(session: Session, *, person_id: UUID, token: str, now: datetime) -> None:
    """Turn down the offer that the token proves. Raises OneTimeTokenNotValid."""
    grant = _take(session, token, person_id, now, declined_at=now)
    if grant is None:
        raise OneTimeTokenNotValid()
    events.record(session, GrantDeclined(subject_id=grant.id, giver_id=grant.giver_id, happened_at=now))


def _take(session: Session, token: str, person_id: UUID, now: datetime, **changes: Any) -> Grant | None:
    # One conditional update, so that of two people with one token one wins.
    take = (
        sa.update(Grant)
        .where(
            Grant.token_hash == hash_of(token),
            Grant.giver_id != person_id,
            Grant.accepted_at.is_(None),
            Grant.declined_at.is_(None),
            Grant.ended_at.is_(None),
            Grant.offer_ends_at > now,
        )
        .values(version=Grant.version + 1, **changes)
        .returning(Grant)
    )
    return session.scalars(take).first()


def end_grant(session: Session, *, grant_id: UUID, person_id: UUID, now: datetime) -> None:
    """Revoke a grant (or withdraw its offer) as its giver, or give it up as its receiver; at once.

    What was begun under it is done or refused whole first; nothing is afterwards. Ending it again changes nothing.
    Raises NotFound.
    """
    # Locked, as by every act under it (`hold_grant`).
    grant = session.get(Grant, grant_id, with_for_update=True)
    if grant is None or person_id not in (grant.giver_id, grant.receiver_id):
        raise NotFound("grant")
    if grant.ended_at is not None or grant.declined_at is not None:
        return
    grant.ended_at, grant.ended_by = now, "giver" if person_id == grant.giver_id else "receiver"
    grant.version += 1
    ended = GrantEnded(
        subject_id=grant_id,
        giver_id=grant.giver_id,
        receiver_id=grant.receiver_id,
        ended_by=grant.ended_by,
        happened_at=now,
    )
    events.record(session, ended)
