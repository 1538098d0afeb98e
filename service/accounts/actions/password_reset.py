"""A forgotten password: a token by mail, then a new password."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Person
from ..rules import letters
from . import challenges
from .post import post
from .profile import change_password

PURPOSE = "reset_password"


def request_password_reset(session: Session, *, email: str, now: datetime) -> None:
    """Send the owner of the address a token for a new password; an address without an account is told so by mail.

    Nothing tells the caller which.
    """
    person_id = session.scalar(sa.select(Person.id).where(Person.email == email))
    token = challenges.issue(
        session, purpose=PURPOSE, email=email, person_id=person_id, void=person_id is None, now=now
    )
    if token is not None:
        letter = letters.reset_password(token) if person_id is not None else letters.no_account()
        post(session, letter, to=email, now=now)


def reset_password(session: Session, *, token: str, password_hash: str, now: datetime) -> UUID:
    """Give the person whom the token proves the new password, sign all their devices out, and tell them.

    Returns who it is. Raises OneTimeTokenNotValid.
    """
    challenge = challenges.redeem(session, token=token, purpose=PURPOSE, now=now)
    assert challenge.person_id is not None  # one without is void from the start
    change_password(session, person_id=challenge.person_id, password_hash=password_hash, now=now)
    return challenge.person_id
