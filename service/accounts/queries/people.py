"""Reads of people: what they gave of themselves, and what is posted to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import NotFound
from ..models import Mail, Person, StaffMembership

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


def is_guest(session: Session, *, person_id: UUID) -> bool:
    """Tell whether the person is a guest, who has not said who they are."""
    return bool(session.scalar(sa.select(Person.is_guest).where(Person.id == person_id)))


def operators(session: Session, *, limit: int) -> Sequence[str]:
    """Return the addresses of those who act chain-wide, those who began first."""
    theirs = sa.select(Person.email).where(Person.is_operator, Person.email.is_not(None))
    return [email for email in session.scalars(theirs.order_by(Person.id).limit(limit)) if email is not None]


def kept_mails(session: Session, *, limit: int = 100) -> Sequence[Mail]:
    """Return the mails that were not sent (yet), newest first."""
    return session.scalars(sa.select(Mail).order_by(Mail.id.desc()).limit(limit)).all()
