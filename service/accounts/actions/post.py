"""Mail to people: written in the transaction, carried out by the worker after it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from ..models import Mail
from ..rules.letters import Letter
from .facts import MailRequested


def post(session: Session, letter: Letter, *, to: str | None, now: datetime) -> None:
    """Send the letter once the transaction is committed; a guest (`to` None) has no address and gets none."""
    if to is None:
        return
    mail = Mail(id=new_id(), to_address=to, subject=letter.subject, body=letter.body, code=letter.code, created_at=now)
    session.add(mail)
    events.record(session, MailRequested(subject_id=mail.id, happened_at=now))
