"""The table: fact → who reacts in the same transaction, and who carries it outward after the commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from . import events
from .accounts import mail
from .accounts.actions import MailRequested
from .config import Settings
from .db import Database
from .events import Fact, OutboxRow, Reaction
from .menu.actions import MarkedAvailable, MarkedSoldOut
from .orders import actions as order_actions
from .orders.actions.facts import OrderLinesChanged, OrderMoved
from .pickup import actions as pickup_actions
from .preferences.actions.facts import UsualChanged

IN_TRANSACTION: dict[type[Fact], Sequence[Reaction]] = {
    MarkedSoldOut: [order_actions.note_shortage],
    MarkedAvailable: [order_actions.forget_shortage],
    UsualChanged: [order_actions.follow_usual],
    OrderMoved: [pickup_actions.follow_order],
    OrderLinesChanged: [pickup_actions.follow_lines],
}

OUTWARD: set[type[Fact]] = {MailRequested}


def register() -> None:
    """Tell the outbox who reacts to what."""
    events.in_transaction.clear()
    events.in_transaction.update(IN_TRANSACTION)
    events.outward.clear()
    events.outward.update(OUTWARD)


def outward(settings: Settings, database: Database) -> Mapping[str, Callable[[OutboxRow], None]]:
    """Return what carries each outward fact, by the fact's name; called outside of transactions."""
    return {
        MailRequested.__name__: lambda row: mail.deliver(settings, database, mail_id=row.subject_id),
    }
