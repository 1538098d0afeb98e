"""The table: fact → who reacts in the same transaction, and who carries it outward after the commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import clock, events
from ..accounts import mail
from ..accounts.actions import MailRequested
from ..config import Settings
from ..db import Database
from ..events import Fact, OutboxRow, Reaction
from ..loyalty import actions as loyalty_actions
from ..loyalty import queries as loyalty_queries
from ..loyalty.actions.facts import StarsExpiring
from ..menu.actions import MarkedAvailable, MarkedSoldOut
from ..notifications import carrying
from ..notifications import queries as notifications
from ..notifications.actions import NotificationDue
from ..notifications.push import PushServices
from ..notifications.rules.moments import told_from
from ..orders import actions as order_actions
from ..orders import queries as orders
from ..orders.actions import facts as order_facts
from ..orders.actions.facts import OrderLinesChanged, OrderMoved, OrderRefunded, PromiseMissed, WalkInEnded
from ..orders.actions.paying import PURPOSE as PAYS_ORDERS
from ..payments import actions as payment_actions
from ..payments.actions import (
    PaymentAuthorised,
    PaymentCaptured,
    PaymentFailed,
    PaymentMethodRemoved,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundReturned,
    PaymentReversalEnded,
    PaymentReversed,
)
from ..pickup import actions as pickup_actions
from ..preferences.actions.facts import PreferenceChanged, UsualChanged
from ..wallet import actions as wallet_actions
from ..wallet.actions.loads import LOAD as LOADS_WALLETS
from .counter import earn_at_counter, find_sale
from .operators import tell_operators
from .remedies import give_money, remedy_faults
from .returned import end_reversal, return_refund
from .stars import (
    change_star_policy,
    find_receipt,
    follow_star_policy,
    give_remedy,
    move_stars,
    return_rewards,
    reverse_stars,
    reverse_unpaid,
    star_policies,
)

__all__ = ["IN_TRANSACTION", "OUTWARD", "follow_star_policy", "outward", "register", "remedy_faults", "star_policies"]

IN_TRANSACTION: dict[type[Fact], Sequence[Reaction]] = {
    MarkedSoldOut: [order_actions.note_shortage],
    MarkedAvailable: [order_actions.forget_shortage],
    UsualChanged: [order_actions.follow_usual],
    PreferenceChanged: [change_star_policy],
    WalkInEnded: [earn_at_counter],
    OrderMoved: [pickup_actions.follow_order, move_stars],
    PromiseMissed: [give_remedy, give_money],
    OrderRefunded: [reverse_stars, return_rewards],
    OrderLinesChanged: [pickup_actions.follow_lines, return_rewards],
    PaymentAuthorised: [order_actions.follow_authorisation],
    PaymentCaptured: [wallet_actions.follow_capture, order_actions.follow_capture],
    PaymentFailed: [wallet_actions.follow_failure, order_actions.follow_failure, reverse_unpaid],
    PaymentRefunded: [wallet_actions.follow_refund, order_actions.follow_refund],
    PaymentMethodRemoved: [wallet_actions.follow_removed_method],
    PaymentRefundFailed: [wallet_actions.follow_failed_refund, order_actions.follow_failed_refund],
    PaymentRefundReturned: [return_refund],
    PaymentReversed: [wallet_actions.follow_reversal, tell_operators],
    PaymentReversalEnded: [end_reversal],
}


LOCKED_FIRST: dict[str, Callable[[Session, UUID], object]] = {
    PAYS_ORDERS: order_actions.lock_paid_order,
    LOADS_WALLETS: wallet_actions.lock_load,
}
"""What is locked before the payment that is for it, by the payment's purpose."""


def _at_once(fact: Fact) -> datetime:
    return fact.happened_at


TOLD = (
    order_facts.OrderMoved,
    order_facts.PromiseRevised,
    order_facts.PromiseMissed,
    order_facts.CustomerAsked,
    order_facts.OrderLinesChanged,
    order_facts.OrderRefunded,
    order_facts.StandingOrderPlaced,
    order_facts.StandingOrderAsked,
    order_facts.StandingOrderSkipped,
    order_facts.StandingOrderFailed,
    StarsExpiring,
    wallet_actions.LoadFailed,
)
"""Those that a customer may want to be told of."""

OUTWARD: dict[type[Fact], Callable[[Any], datetime | None]] = {
    MailRequested: _at_once,
    NotificationDue: lambda fact: fact.not_before,
    **dict.fromkeys(TOLD, told_from),
}


def register() -> None:
    """Tell the outbox who reacts to what."""
    loyalty_actions.find_receipts_with(find_receipt)
    loyalty_actions.find_sales_with(find_sale)
    payment_actions.lock_first_with(LOCKED_FIRST)
    loyalty_queries.find_open_orders_with(orders.stars_awaited)
    events.in_transaction.clear()
    events.in_transaction.update(IN_TRANSACTION)
    events.outward.clear()
    events.outward.update(OUTWARD)
    events.unheard[:] = [notifications.unheard]


def outward(
    settings: Settings, database: Database, *, now: Callable[[], datetime] = clock.now
) -> Mapping[str, Callable[[OutboxRow], None]]:
    """Return what carries each outward fact, by the fact's name; called outside of transactions."""
    push = PushServices.from_settings(settings)
    return {
        MailRequested.__name__: lambda row: mail.deliver(settings, database, mail_id=row.subject_id),
        NotificationDue.__name__: lambda row: carrying.tell(settings, database, push, row, now=now()),
        **{fact.__name__: lambda row: carrying.note(database, row, now=now()) for fact in TOLD},
    }
