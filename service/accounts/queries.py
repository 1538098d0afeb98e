"""Reads of accounts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..errors import NotFound
from .errors import OneTimeTokenNotValid
from .models import DelegatedAct, DeviceSession, EmailChallenge, Grant, Mail, Passkey, Person, StaffMembership
from .rules.grants import PICK_UP_ORDERS, PLACE_ORDERS, Acting, Limit, state_of
from .rules.one_time import hash_of

_PEOPLE, _SESSIONS, _ROLES = Person.__table__, DeviceSession.__table__, StaffMembership.__table__
# Tables, not entities, and `=` for one: this runs for nearly every request.
_LIVE_SESSIONS = (
    sa.select(
        _SESSIONS.c.id.label("session_id"),
        _PEOPLE.c.id.label("person_id"),
        _PEOPLE.c.is_guest,
        _PEOPLE.c.is_operator,
        _ROLES.c.store_id,
        _ROLES.c.role,
    )
    .join_from(_SESSIONS, _PEOPLE, _SESSIONS.c.person_id == _PEOPLE.c.id)
    .outerjoin(_ROLES, _ROLES.c.person_id == _PEOPLE.c.id)
    .where(_SESSIONS.c.revoked_at.is_(None), _SESSIONS.c.expires_at > sa.bindparam("now"))
)
_ONE_LIVE_SESSION = _LIVE_SESSIONS.where(_SESSIONS.c.id == sa.bindparam("session_id"))
_SOME_LIVE_SESSIONS = _LIVE_SESSIONS.where(_SESSIONS.c.id.in_(sa.bindparam("session_ids", expanding=True)))


def live_sessions(
    connection: sa.Connection, *, session_ids: Collection[UUID], now: datetime
) -> Sequence[sa.Row[UUID, UUID, bool, bool, UUID, str]]:
    """Return `session_id`, `person_id`, `is_guest`, `is_operator` and one staff role (`store_id`, `role`) per row;
    none of sessions that ended."""
    if len(session_ids) == 1:
        values = {"session_id": next(iter(session_ids)), "now": now}
        return connection.execute(_ONE_LIVE_SESSION, values).all()
    values = {"session_ids": list(session_ids), "now": now}
    return connection.execute(_SOME_LIVE_SESSIONS, values).all()


def signed_in_sessions(session: Session, *, session_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Return those of the sessions in which somebody is signed in."""
    if not session_ids:
        return set()
    live = sa.select(_SESSIONS.c.id).where(_SESSIONS.c.revoked_at.is_(None), _SESSIONS.c.expires_at > now)
    return set(session.scalars(live.where(_SESSIONS.c.id.in_(session_ids))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a sign-in is checked against, and what of the person a password must not be made of."""

    person_id: UUID
    email: str | None
    name: str | None
    password_hash: str | None
    password_version: int


_CREDENTIALS = sa.select(
    Person.id.label("person_id"), Person.email, Person.name, Person.password_hash, Person.password_version
)


def credentials_at(session: Session, *, email: str) -> Credentials | None:
    """Return the credentials of the account with this address, None where there is none."""
    return _credentials(session, Person.email == email)


def credentials_of(session: Session, *, person_id: UUID) -> Credentials | None:
    """Return the person's credentials, None where there is no such person."""
    return _credentials(session, Person.id == person_id)


def credentials_of_reset(session: Session, *, token: str, now: datetime) -> Credentials:
    """Return the credentials of the person whom the token lets choose a new password. Raises OneTimeTokenNotValid."""
    challenge = sa.select(EmailChallenge.person_id).where(
        EmailChallenge.token_hash == hash_of(token),
        EmailChallenge.purpose == "reset_password",
        EmailChallenge.used_at.is_(None),
        EmailChallenge.expires_at > now,
    )
    found = _credentials(session, Person.id == challenge.scalar_subquery())
    if found is None:
        raise OneTimeTokenNotValid()
    return found


def _credentials(session: Session, which: sa.ColumnElement[bool]) -> Credentials | None:
    row = session.execute(_CREDENTIALS.where(which)).mappings().first()
    return Credentials(**row) if row is not None else None


_PROFILE = sa.select(
    Person.id,
    Person.is_guest,
    Person.email,
    Person.name,
    Person.phone,
    Person.language,
    Person.is_operator,
    Person.password_hash.is_not(None).label("has_password"),
    Person.version,
).where(Person.id == sa.bindparam("person_id"))
_MEMBERSHIPS = (
    sa.select(StaffMembership.store_id, StaffMembership.role)
    .where(StaffMembership.person_id == sa.bindparam("person_id"))
    .order_by(StaffMembership.store_id)
)


def profile(session: Session, *, person_id: UUID) -> dict[str, Any]:
    """Return what the person gave, with `memberships` as store and role, and its `version`. Raises NotFound."""
    person = session.execute(_PROFILE, {"person_id": person_id}).mappings().first()
    if person is None:
        raise NotFound("person")
    memberships = session.execute(_MEMBERSHIPS, {"person_id": person_id}).mappings()
    return {**person, "memberships": [dict(membership) for membership in memberships]}


def contact(session: Session, *, person_id: UUID) -> sa.Row[str | None, str | None, str | None] | None:
    """Return name, e-mail address and language of a person, None where there is no such person."""
    return session.execute(sa.select(Person.name, Person.email, Person.language).where(Person.id == person_id)).first()


def names_of(session: Session, *, person_ids: Collection[UUID]) -> dict[UUID, str | None]:
    """Return by id what people call themselves, None where they gave no name."""
    rows = session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(person_ids))).all()
    return {row.id: row.name for row in rows}


def devices_of(
    session: Session, *, person_id: UUID, before: UUID | None, limit: int, now: datetime
) -> Sequence[DeviceSession]:
    """Return the person's open sessions, newest first, up to one more than the limit."""
    theirs = sa.select(DeviceSession).where(
        DeviceSession.person_id == person_id,
        DeviceSession.revoked_at.is_(None),
        DeviceSession.expires_at > now,
    )
    if before is not None:
        theirs = theirs.where(DeviceSession.id < before)
    return session.scalars(theirs.order_by(DeviceSession.id.desc()).limit(limit + 1)).all()


def passkeys_of(session: Session, *, person_id: UUID, before: UUID | None, limit: int) -> Sequence[Passkey]:
    """Return the person's passkeys, newest first, up to one more than the limit."""
    theirs = sa.select(Passkey).where(Passkey.person_id == person_id)
    if before is not None:
        theirs = theirs.where(Passkey.id < before)
    return session.scalars(theirs.order_by(Passkey.id.desc()).limit(limit + 1)).all()


_STAFF = sa.select(
    StaffMembership.person_id, Person.name, Person.email, StaffMembership.role, StaffMembership.granted_at
).join(Person, Person.id == StaffMembership.person_id)


def staff_at(session: Session, *, store_id: UUID, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Return who works at the store, in the order of their ids, up to one more than the limit."""
    there = _STAFF.where(StaffMembership.store_id == store_id)
    if after is not None:
        there = there.where(StaffMembership.person_id > after)
    rows = session.execute(there.order_by(StaffMembership.person_id).limit(limit + 1)).mappings()
    return [dict(row) for row in rows]


def staff_member(session: Session, *, store_id: UUID, person_id: UUID) -> dict[str, Any]:
    """Return who the person is at the store. Raises NotFound."""
    their = _STAFF.where(StaffMembership.store_id == store_id, StaffMembership.person_id == person_id)
    row = session.execute(their).mappings().first()
    if row is None:
        raise NotFound("member of staff")
    return dict(row)


_GIVERS, _RECEIVERS = _PEOPLE.alias("givers"), _PEOPLE.alias("receivers")
_GRANTS, _ACTS = Grant.__table__, DelegatedAct.__table__
_SHOWN_GRANT = (
    sa.select(_GRANTS, _GIVERS.c.name.label("giver_name"), _RECEIVERS.c.name.label("receiver_name"))
    .join_from(_GRANTS, _GIVERS, _GIVERS.c.id == _GRANTS.c.giver_id)
    .outerjoin(_RECEIVERS, _RECEIVERS.c.id == _GRANTS.c.receiver_id)
)
_ACTIVE_GRANT = sa.select(_GRANTS).where(
    _GRANTS.c.id == sa.bindparam("grant_id"),
    _GRANTS.c.receiver_id == sa.bindparam("receiver_id"),
    _GRANTS.c.ended_at.is_(None),
    _GRANTS.c.expires_at > sa.bindparam("now"),
)


def acting_under(connection: sa.Connection, *, grant_id: UUID, receiver_id: UUID, now: datetime) -> Acting | None:
    """Return what the person may do under the grant, None where it isn't theirs, or not active."""
    values = {"grant_id": grant_id, "receiver_id": receiver_id, "now": now}
    row = connection.execute(_ACTIVE_GRANT, values).first()
    if row is None:
        return None
    limit = Limit(amount_minor=row.limit_minor, currency=row.currency, timezone=row.timezone)
    return Acting(
        grant_id=row.id,
        giver_id=row.giver_id,
        person_id=row.receiver_id,
        scopes=frozenset(_scopes(row)),
        limit=limit if row.limit_minor is not None else None,
    )


def active_grants(session: Session, *, grant_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Return those of the grants that were accepted, and neither ended nor ran out."""
    active = _GRANTS.c.receiver_id.is_not(None) & _GRANTS.c.ended_at.is_(None) & (_GRANTS.c.expires_at > now)
    return set(
        session.connection().execute(sa.select(_GRANTS.c.id).where(_GRANTS.c.id.in_(grant_ids), active)).scalars()
    )


def _scopes(row: Any) -> list[Any]:
    return [PLACE_ORDERS] * bool(row.may_place_orders) + [PICK_UP_ORDERS] * bool(row.may_pick_up_orders)


def grant_of(session: Session, *, grant_id: UUID, person_id: UUID, now: datetime) -> dict[str, Any]:
    """Return a grant to its giver or its receiver. Raises NotFound for everyone else."""
    row = session.execute(_SHOWN_GRANT.where(_GRANTS.c.id == grant_id, _concerns(person_id))).first()
    if row is None:
        raise NotFound("grant")
    return _grant_document(row, person_id, now)


def _concerns(person_id: UUID) -> sa.ColumnElement[bool]:
    return sa.or_(_GRANTS.c.giver_id == person_id, _GRANTS.c.receiver_id == person_id)


def grants_of(
    session: Session, *, person_id: UUID, role: str | None, before: UUID | None, limit: int, now: datetime
) -> list[dict[str, Any]]:
    """Return the grants that the person gave and received (or one of both: `role`), newest first, up to one more than
    the limit."""
    sides = {"giver": _GRANTS.c.giver_id == person_id, "receiver": _GRANTS.c.receiver_id == person_id}
    theirs = _SHOWN_GRANT.where(_concerns(person_id) if role is None else sides[role])
    if before is not None:
        theirs = theirs.where(_GRANTS.c.id < before)
    rows = session.execute(theirs.order_by(_GRANTS.c.id.desc()).limit(limit + 1))
    return [_grant_document(row, person_id, now) for row in rows]


def _grant_document(row: Any, person_id: UUID, now: datetime) -> dict[str, Any]:
    is_giver = row.giver_id == person_id
    state = state_of(
        accepted_at=row.accepted_at,
        declined_at=row.declined_at,
        ended_by=row.ended_by,
        offer_ends_at=row.offer_ends_at,
        expires_at=row.expires_at,
        now=now,
    )
    return {
        "id": row.id,
        "role": "giver" if is_giver else "receiver",
        "state": state,
        "offered_to": row.offered_to if is_giver else None,
        "receiver": {"name": row.receiver_name} if row.receiver_id is not None else None,
        **_terms(row),
        "offered_at": row.offered_at,
        "accepted_at": row.accepted_at,
        "ended_at": row.ended_at or row.declined_at,
        "version": row.version,
    }


def _terms(row: Any) -> dict[str, Any]:
    amount = {"amount_minor": row.limit_minor, "currency": row.currency}
    return {
        "giver": {"name": row.giver_name},
        "label": row.label,
        "scopes": _scopes(row),
        "daily_limit": amount if row.limit_minor is not None else None,
        "timezone": row.timezone,
        "offer_ends_at": row.offer_ends_at,
        "expires_at": row.expires_at,
    }


def offer_behind(session: Session, *, token: str, person_id: UUID, now: datetime) -> dict[str, Any]:
    """Return what is offered to whoever has the token, and by whom. Raises OneTimeTokenNotValid, also for one's own."""
    offer = _SHOWN_GRANT.where(
        _GRANTS.c.token_hash == hash_of(token),
        _GRANTS.c.giver_id != person_id,
        _GRANTS.c.accepted_at.is_(None),
        _GRANTS.c.declined_at.is_(None),
        _GRANTS.c.ended_at.is_(None),
        _GRANTS.c.offer_ends_at > now,
    )
    row = session.execute(offer).first()
    if row is None:
        raise OneTimeTokenNotValid()
    return _terms(row)


def acts_under(
    session: Session, *, grant_id: UUID, person_id: UUID, before: int | None, limit: int, now: datetime
) -> list[dict[str, Any]]:
    """Return what was done under a grant of the person's, newest first, up to one more than the limit.

    Raises NotFound where they neither gave nor received it.
    """
    grant = grant_of(session, grant_id=grant_id, person_id=person_id, now=now)
    done = sa.select(_ACTS).where(_ACTS.c.grant_id == grant_id)
    if before is not None:
        done = done.where(_ACTS.c.id < before)
    return [
        {
            "id": row.id,
            "operation": row.operation,
            "order_id": row.order_id,
            "amount": {"amount_minor": row.amount_minor, "currency": row.currency} if row.currency else None,
            "by": grant["receiver"],
            "happened_at": row.happened_at,
        }
        for row in session.execute(done.order_by(_ACTS.c.id.desc()).limit(limit + 1))
    ]


def called_by_giver(session: Session, *, giver_id: UUID, person_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return by id what to call people who act for the customer: their name, else the address that the customer
    offered a grant to."""
    wanted = (
        sa.select(_GRANTS.c.receiver_id, sa.func.coalesce(_RECEIVERS.c.name, _GRANTS.c.offered_to))
        .join_from(_GRANTS, _RECEIVERS, _RECEIVERS.c.id == _GRANTS.c.receiver_id)
        .where(_GRANTS.c.giver_id == giver_id, _GRANTS.c.receiver_id.in_(person_ids))
        .order_by(_GRANTS.c.id)
    )
    return {person_id: name for person_id, name in session.execute(wanted)}  # noqa: C416 - rows aren't pairs to mypy


def kept_mails(session: Session, *, limit: int = 100) -> Sequence[Mail]:
    """Return the mails that were not sent (yet), newest first."""
    return session.scalars(sa.select(Mail).order_by(Mail.id.desc()).limit(limit)).all()


def is_guest(session: Session, *, person_id: UUID) -> bool:
    """Tell whether the person is a guest, who has not said who they are."""
    return bool(session.scalar(sa.select(Person.is_guest).where(Person.id == person_id)))
