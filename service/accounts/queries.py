"""Reads of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from .models import DeviceSession, Person, StaffMembership

_LIVE_SESSION = (
    sa.select(Person.id, Person.is_guest, Person.is_operator, StaffMembership.store_id, StaffMembership.role)
    .join(DeviceSession, DeviceSession.person_id == Person.id)
    .outerjoin(StaffMembership, StaffMembership.person_id == Person.id)
    .where(
        DeviceSession.id == sa.bindparam("session_id"),
        DeviceSession.revoked_at.is_(None),
        DeviceSession.expires_at > sa.bindparam("now"),
    )
)


def live_session(session: Session, *, session_id: UUID, now: datetime) -> Sequence[sa.Row[UUID, bool, bool, UUID, str]]:
    """Return the session's person with one row per staff role; none where the session ended."""
    return session.execute(_LIVE_SESSION, {"session_id": session_id, "now": now}).all()
