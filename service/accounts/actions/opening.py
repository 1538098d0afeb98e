"""Opening an account that somebody vouches for: nobody has to prove its address."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ... import events
from ..models import Person
from .facts import CustomerJoined


def open_account(
    session: Session, *, email: str, password_hash: str, name: str | None, language: str | None, now: datetime
) -> UUID:
    """Make an account without a mail and return whose it is: for operators' own people and the demo's.

    The address must be lower-case and not yet an account's.
    """
    person = Person(
        is_guest=False, email=email, password_hash=password_hash, name=name, language=language, created_at=now
    )
    session.add(person)
    session.flush()  # its id goes into the fact
    events.record(session, CustomerJoined(subject_id=person.id, was_guest=False, happened_at=now))
    return person.id
