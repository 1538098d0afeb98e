"""Reads of who works where."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import NotFound
from ..models import Person, StaffMembership

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
