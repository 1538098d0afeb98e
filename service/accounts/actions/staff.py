"""Who works where, and as what."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...errors import NotFound
from ..models import Person, StaffMembership
from .facts import StaffRoleChanged


def grant_role(
    session: Session, *, store_id: UUID, person_id: UUID, role: str, granted_by: UUID, now: datetime
) -> None:
    """Give the person the role at the store, in place of one they had there. Granting it again changes nothing.

    Raises NotFound for a person without an account.
    """
    person = _account(session, person_id)
    membership = session.scalar(_at(store_id, person_id))
    if membership is not None and membership.role == role:
        return
    if membership is None:
        membership = StaffMembership(person_id=person_id, store_id=store_id)
        session.add(membership)
    membership.role, membership.granted_at = role, now
    person.version += 1
    _record(session, store_id, person_id, role, granted_by, now)


def revoke_role(session: Session, *, store_id: UUID, person_id: UUID, revoked_by: UUID, now: datetime) -> None:
    """Take the person's role at the store away. Raises NotFound where they have none."""
    person = _account(session, person_id)
    membership = session.scalar(_at(store_id, person_id))
    if membership is None:
        raise NotFound("member of staff")
    session.delete(membership)
    person.version += 1
    _record(session, store_id, person_id, None, revoked_by, now)


def _account(session: Session, person_id: UUID) -> Person:
    # Locked: two grants for one person take turns, so neither finds the other's row half-made.
    person = session.get(Person, person_id, with_for_update=True)
    if person is None or person.is_guest:
        raise NotFound("person")
    return person


def _at(store_id: UUID, person_id: UUID) -> sa.Select[StaffMembership]:
    return sa.select(StaffMembership).where(
        StaffMembership.store_id == store_id, StaffMembership.person_id == person_id
    )


def _record(
    session: Session, store_id: UUID, person_id: UUID, role: str | None, changed_by: UUID, now: datetime
) -> None:
    fact = StaffRoleChanged(subject_id=person_id, store_id=store_id, role=role, changed_by=changed_by, happened_at=now)
    events.record(session, fact)
