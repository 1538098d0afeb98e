"""Reads of sign-ins and the devices that hold them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import newest
from ..models import DeviceSession, Person, StaffMembership

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


def devices_of(
    session: Session, *, person_id: UUID, before: UUID | None, limit: int, now: datetime
) -> Sequence[DeviceSession]:
    """Return the person's open sessions, newest first, up to one more than the limit."""
    theirs = sa.select(DeviceSession).where(
        DeviceSession.person_id == person_id,
        DeviceSession.revoked_at.is_(None),
        DeviceSession.expires_at > now,
    )
    return session.scalars(newest(theirs, DeviceSession.id, before=before, limit=limit)).all()
