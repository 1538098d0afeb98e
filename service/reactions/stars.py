"""Stars for orders: what the loyalty programme does when an order moves or is given back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ..accounts import queries as account_queries
from ..loyalty import actions as loyalty_actions
from ..loyalty import queries as loyalty_queries
from ..loyalty.rules.earning import Basket, BasketLine
from ..loyalty.rules.receipts import Receipt
from ..menu import queries as menu_queries
from ..orders import queries as order_queries
from ..orders.actions.arrive import NOT_TAPPED
from ..orders.actions.facts import OrderLinesChanged, OrderMoved, OrderRefunded, PromiseMissed
from ..orders.rules.declined import NOT_PAID
from ..orders.rules.stars import agreed_on, categories_quoted, quoted_at
from ..orders.rules.states import WAITING, State
from ..payments.actions import PaymentFailed
from ..preferences import queries as preference_queries
from ..preferences.actions.facts import PreferenceChanged
from ..preferences.rules.choices import MOST_DAYS_BEFORE
from ..stores import queries as store_queries

POLICY = "star_policy"
LONGEST_AHEAD = timedelta(days=MOST_DAYS_BEFORE)
STARS_AT_ONCE = 500


def move_stars(session: Session, fact: OrderMoved) -> None:
    """Give the stars of an order that is picked up; give back those of the rewards in one that ended otherwise."""
    if fact.state == State.PICKED_UP:
        order = order_queries.paid_order(session, order_id=fact.subject_id)
        if order is not None and _may_earn(session, order):
            loyalty_actions.award(
                session,
                customer_id=order.customer_id,
                order_id=order.order_id,
                basket=_basket(session, order),
                agreed=agreed_on(order.stars) if order.stars is not None else None,
                now=fact.happened_at,
            )
        loyalty_actions.use_rewards(session, order_id=fact.subject_id, now=fact.happened_at)
    elif fact.state == State.NO_SHOW and order_queries.may_be_remade(session, order_id=fact.subject_id):
        # It can still be had for them, until its store closes.
        loyalty_actions.use_rewards(session, order_id=fact.subject_id, now=fact.happened_at)
    elif fact.ended:
        by_store = not _ended_by_customer(session, fact)
        loyalty_actions.return_rewards(session, order_id=fact.subject_id, by_store=by_store, now=fact.happened_at)


def _ended_by_customer(session: Session, fact: OrderMoved) -> bool:
    """Tell whether it was the customer's doing that an order ended: they cancelled it while it was free, or didn't pay,
    tap or come. Its stars have their grace once then, so that nobody keeps them alive by ordering and cancelling."""
    if fact.state == State.NO_SHOW:
        return True
    if fact.state == State.EXPIRED:
        return fact.from_state in {State.HELD, State.READY}
    if fact.state != State.CANCELLED or fact.from_state not in WAITING:
        return False
    let_lapse = (fact.reason or "").startswith((NOT_PAID, NOT_TAPPED))
    return let_lapse or order_queries.last_actor(session, order_id=fact.subject_id) == "customer"


def _may_earn(session: Session, order: order_queries.PaidOrder) -> bool:
    return order.stars is not None or loyalty_queries.earns(session, customer_id=order.customer_id, at=order.placed_at)


def _agreed_at(order: order_queries.PaidOrder) -> datetime:
    return quoted_at(order.stars) if order.stars is not None else order.placed_at


def give_remedy(session: Session, fact: PromiseMissed) -> None:
    """Give the stars that a customer chose for a missed promise, as many as they were shown; once for an order."""
    if fact.remedy == "stars" and fact.stars:
        order = order_queries.paid_order(session, order_id=fact.subject_id)
        loyalty_actions.give_stars(
            session,
            customer_id=fact.customer_id,
            stars=fact.stars,
            rule="remedy",
            order_id=fact.subject_id,
            promised_at=_agreed_at(order) if order is not None else None,
            reason="A missed promise",
            now=fact.happened_at,
        )


def return_rewards(session: Session, fact: OrderRefunded | OrderLinesChanged) -> None:
    """Give back the stars of the rewards of whose lines nothing is left."""
    over = order_queries.rewards_over(session, order_id=fact.subject_id)
    if over:
        loyalty_actions.return_rewards(session, order_id=fact.subject_id, only=over, now=fact.happened_at)


def reverse_stars(session: Session, fact: OrderRefunded) -> None:
    """Take back what an order earned for what was given back of it."""
    _reverse(session, fact.subject_id, fact.happened_at)


def reverse_unpaid(session: Session, fact: PaymentFailed) -> None:
    """Take back what an order earned for what its card didn't pay after all."""
    order_id = order_queries.order_paid_by(session, tender_id=fact.purpose_id)
    if order_id is not None:
        _reverse(session, order_id, fact.happened_at)


def _reverse(session: Session, order_id: UUID, now: datetime) -> None:
    if loyalty_actions.has_earned(session, order_id=order_id):
        order = order_queries.paid_order(session, order_id=order_id)
        if order is not None:
            loyalty_actions.reverse(session, order_id=order_id, basket=_basket(session, order), now=now)


def _basket(session: Session, order: order_queries.PaidOrder) -> Basket:
    # As they were quoted: that an item moved to another heading since, or time passed, changes no stars.
    quoted = categories_quoted(order.stars) if order.stars is not None else {}
    categories = quoted | menu_queries.categories_of(session, {line.item_id for line in order.lines} - quoted.keys())
    return Basket(
        currency=order.currency,
        tender=order.tender,
        at=_agreed_at(order),
        timezone=order.timezone,
        country=store_queries.store_facts(session, order.store_id).country,
        lines=basket_lines(order.lines, categories),
    )


def basket_lines(
    lines: Iterable[order_queries.PaidLine], categories: Mapping[UUID, frozenset[UUID]]
) -> tuple[BasketLine, ...]:
    """Return what is left of lines as they earn; `categories` are the headings of their items, with those above."""
    return tuple(
        BasketLine(
            item_id=line.item_id,
            category_ids=categories.get(line.item_id, frozenset()),
            quantity=line.quantity,
            amount_minor=line.amount_minor,
        )
        for line in lines
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
        is_open=order.is_open,
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


def follow_star_policy(session: Session, *, lot_id: UUID, policy: Mapping[str, Any], now: datetime) -> bool:
    """Do with a lot what its customer said that is done before it expires, unless they say otherwise by now; tell
    whether it was done here."""
    # Locked before it is looked at: who changes it meanwhile takes out of the pool what was handed to it just before.
    customer_id = loyalty_actions.lock_owner(session, lot_id=lot_id, now=now)
    if customer_id is None or _policy_of(session, customer_id) != policy:
        return False
    return loyalty_actions.do_before_expiry(session, lot_id=lot_id, policy=policy, now=now)


def change_star_policy(session: Session, fact: PreferenceChanged) -> None:
    """Let what a customer says now of their stars hold for those, too, that were handed to the pool before."""
    if fact.kind == POLICY:
        policy = _policy_of(session, fact.customer_id)
        loyalty_actions.take_out_of_pool(session, customer_id=fact.customer_id, policy=policy, now=fact.happened_at)


def _policy_of(session: Session, customer_id: UUID) -> dict[str, Any] | None:
    return preference_queries.star_policies(session, customer_ids=[customer_id]).get(customer_id)


def _last_of(page: Sequence[Any]) -> tuple[datetime, UUID] | None:
    return (page[-1].expires_at, page[-1].lot_id) if page else None
