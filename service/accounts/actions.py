"""Changes of accounts."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from .models import DeviceSession, Person


def start_guest(session: Session, *, now: datetime) -> Person:
    """Make a guest: someone who may order without saying who they are."""
    guest = Person(is_guest=True, created_at=now)
    session.add(guest)
    session.flush()  # the device session that follows refers to it
    return guest


def open_session(
    session: Session, *, person_id: UUID, device_name: str | None, session_days: int, now: datetime
) -> DeviceSession:
    """Sign the person in on a device."""
    opened = DeviceSession(
        person_id=person_id,
        device_name=device_name,
        secret=secrets.token_bytes(32),
        rotated_at=now,
        created_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(days=session_days),
    )
    session.add(opened)
    session.flush()  # its id goes into the tokens
    return opened
