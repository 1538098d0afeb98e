"""The table: fact → who reacts, in the same transaction; and which facts the worker carries outward."""

from __future__ import annotations

from collections.abc import Sequence

from . import events
from .accounts.actions import MailRequested
from .events import Fact, Reaction

IN_TRANSACTION: dict[type[Fact], Sequence[Reaction]] = {}
# MailRequested: accounts.mail.deliver(settings, database, mail_id=subject_id), outside a transaction.
OUTWARD: set[type[Fact]] = {MailRequested}


def register() -> None:
    """Tell the outbox who reacts to what."""
    events.in_transaction.clear()
    events.in_transaction.update(IN_TRANSACTION)
    events.outward.clear()
    events.outward.update(OUTWARD)
