"""The table: fact → who reacts in the same transaction, and who carries it outward after the commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from . import clock, events
from .accounts import mail
from .accounts import queries as account_queries
from .accounts.actions import MailRequested
from .config import Settings
from .db import Database
from .events import Fact, OutboxRow, Reaction
from .loyalty import actions as loyalty_actions
from .loyalty import queries as loyalty_queries
from .loyalty.rules.earning import Basket, BasketLine
from .loyalty.rules.receipts import Receipt
from .menu import queries as menu_queries
from .menu.actions import MarkedAvailable, MarkedSoldOut
from .notifications import carrying
from .notifications import queries as notifications
from .notifications.actions import NotificationDue
from .notifications.push import PushServices
from .notifications.rules.moments import told_from
from .orders import actions as order_actions
from .orders import queries as order_queries
from .orders.actions import facts as order_facts
from .orders.actions.facts import OrderLinesChanged, OrderMoved, OrderRefunded
from .orders.rules.states import State
from .payments.actions import PaymentCaptured, PaymentFailed, PaymentRefunded, PaymentRefundFailed
from .pickup import actions as pickup_actions
from .preferences import queries as preference_queries
from .preferences.actions.facts import UsualChanged
from .preferences.rules.choices import MOST_DAYS_BEFORE
from .stores import queries as store_queries
from .wallet import actions as wallet_actions


def _move_stars(session: Session, fact: OrderMoved) -> None:
    """Give the stars of an order that is picked up; give back those of the rewards in one that ended otherwise."""
    if fact.state == State.PICKED_UP:
        order = order_queries.paid_order(session, order_id=fact.subject_id)
        if order is not None and loyalty_queries.is_member(session, customer_id=order.customer_id):
            loyalty_actions.award(
                session,
                customer_id=order.customer_id,
                order_id=order.order_id,
                basket=_basket(session, order),
                now=fact.happened_at,
            )
        loyalty_actions.use_rewards(session, order_id=fact.subject_id, now=fact.happened_at)
    elif fact.ended and fact.state != State.NO_SHOW:  # that one may be made once more
        loyalty_actions.return_rewards(session, order_id=fact.subject_id, now=fact.happened_at)


def _reverse_stars(session: Session, fact: OrderRefunded) -> None:
    """Take back what an order earned for what was given back of it."""
    if loyalty_actions.has_earned(session, order_id=fact.subject_id):
        order = order_queries.paid_order(session, order_id=fact.subject_id)
        if order is not None:
            loyalty_actions.reverse(
                session, order_id=order.order_id, basket=_basket(session, order), now=fact.happened_at
            )


def _basket(session: Session, order: order_queries.PaidOrder) -> Basket:
    categories = menu_queries.categories_of(session, {line.item_id for line in order.lines})
    return Basket(
        currency=order.currency,
        tender=order.tender,
        at=order.placed_at,
        timezone=order.timezone,
        country=store_queries.store_facts(session, order.store_id).country,
        lines=tuple(
            BasketLine(
                item_id=line.item_id,
                category_ids=categories.get(line.item_id, frozenset()),
                quantity=line.quantity,
                amount_minor=line.amount_minor,
            )
            for line in order.lines
        ),
    )


def find_receipt(session: Session, order_id: UUID) -> Receipt | None:
    """Return what the receipt of an order proves for its stars, None where there is none."""
    order = order_queries.paid_order(session, order_id=order_id)
    if order is None:
        return None
    return Receipt(
        order_id=order_id,
        customer_id=order.customer_id,
        is_guests=account_queries.is_guest(session, person_id=order.customer_id),
        picked_up_at=order.picked_up_at,
        basket=_basket(session, order),
    )


def star_policies(session: Session, *, now: datetime) -> list[tuple[UUID, Any]]:
    """Return the lots about which something is to be done before they expire, with what their customers said."""
    found: list[tuple[UUID, Any]] = []
    page: Sequence[Any] = ()
    while page := loyalty_queries.before_expiry(
        session, now=now, until=now + LONGEST_AHEAD, after=_last_of(page), limit=STARS_AT_ONCE
    ):
        said = preference_queries.star_policies(session, customer_ids={row.customer_id for row in page})
        wanted = ((row, said[row.customer_id]) for row in page if row.customer_id in said)
        found += [(row.lot_id, do) for row, do in wanted if row.expires_at - timedelta(days=do["days_before"]) <= now]
    return found


def _last_of(page: Sequence[Any]) -> tuple[datetime, UUID] | None:
    return (page[-1].expires_at, page[-1].lot_id) if page else None


LONGEST_AHEAD = timedelta(days=MOST_DAYS_BEFORE)
STARS_AT_ONCE = 500

IN_TRANSACTION: dict[type[Fact], Sequence[Reaction]] = {
    MarkedSoldOut: [order_actions.note_shortage],
    MarkedAvailable: [order_actions.forget_shortage],
    UsualChanged: [order_actions.follow_usual],
    OrderMoved: [pickup_actions.follow_order, _move_stars],
    OrderRefunded: [_reverse_stars],
    OrderLinesChanged: [pickup_actions.follow_lines],
    PaymentCaptured: [wallet_actions.follow_capture],
    PaymentFailed: [wallet_actions.follow_failure],
    PaymentRefunded: [wallet_actions.follow_refund],
    PaymentRefundFailed: [wallet_actions.follow_failed_refund],
}


def _at_once(fact: Fact) -> datetime:
    return fact.happened_at


OF_ORDERS = (
    order_facts.OrderMoved,
    order_facts.PromiseRevised,
    order_facts.PromiseMissed,
    order_facts.CustomerAsked,
    order_facts.OrderLinesChanged,
    order_facts.OrderRefunded,
    order_facts.StandingOrderPlaced,
    order_facts.StandingOrderAsked,
    order_facts.StandingOrderSkipped,
)
"""Those that a customer may want to be told of."""

OUTWARD: dict[type[Fact], Callable[[Any], datetime | None]] = {
    MailRequested: _at_once,
    NotificationDue: lambda fact: fact.not_before,
    **dict.fromkeys(OF_ORDERS, told_from),
}


def register() -> None:
    """Tell the outbox who reacts to what."""
    loyalty_actions.find_receipts_with(find_receipt)
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
        **{fact.__name__: lambda row: carrying.note(database, row, now=now()) for fact in OF_ORDERS},
    }
