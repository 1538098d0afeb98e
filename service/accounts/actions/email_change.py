"""Moving an account to another e-mail address: asked for with the password, then proved by mail."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Person
from ..rules import letters
from . import challenges
from .post import post
from .sign_up import flush_new_address

PURPOSE = "change_email"


def request_email_change(session: Session, *, person_id: UUID, email: str, now: datetime) -> None:
    """Send the new address a token that proves it, and tell the present one.

    A new address that has an account gets a note instead; nothing tells the caller. The person's password must
    have been proved by the caller of this.
    """
    is_known = session.scalar(sa.select(Person.id).where(Person.email == email)) is not None
    challenges.void_all(session, person_id=person_id, now=now)
    token = challenges.issue(session, purpose=PURPOSE, email=email, person_id=person_id, void=is_known, now=now)
    if token is not None:
        letter = letters.address_is_taken() if is_known else letters.confirm_new_address(token)
        post(session, letter, to=email, now=now)
        post(session, letters.address_is_changing(), to=session.get_one(Person, person_id).email, now=now)


def confirm_email_change(session: Session, *, person_id: UUID, token: str, now: datetime) -> None:
    """Move the account to the address that the token proves, and tell the old one.

    Tokens sent to the old address are worth nothing from then on. Raises OneTimeTokenNotValid.
    """
    challenge = challenges.redeem(session, token=token, purpose=PURPOSE, person_id=person_id, now=now)
    person = session.get_one(Person, person_id, with_for_update=True)  # its version counts up
    old_address, person.email = person.email, challenge.email
    person.version += 1
    flush_new_address(session)
    challenges.void_all(session, email=old_address, person_id=person_id, now=now)
    post(session, letters.address_changed(), to=old_address, now=now)
