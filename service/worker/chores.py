"""The table: what is due again and again, and who does it.

A chore first finds what is due, which needs no writer's turn and mostly finds nothing; then it does each in a
transaction of its own, so that one that fails holds up no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from .. import reactions
from ..accounts import actions as account_actions
from ..http import idempotency
from ..loyalty import actions as loyalty_actions
from ..notifications import actions as notification_actions
from ..orders import actions as order_actions
from ..payments import actions as payment_actions
from ..wallet import actions as wallet_actions
from .outbox import forget_old_facts

KEEP_QUOTES = timedelta(days=1)
KEEP_SLOTS = timedelta(days=1)
STANDING_QUOTE_SECONDS = 60  # nobody waits for it: it is placed in the same transaction

Finds = Callable[[Session, datetime], Sequence[Any]]
Does = Callable[[Session, Any, datetime], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Something that falls due: `due` finds it, `work` does one of it and tells whether it did, `failed` runs where
    that raised. Where nothing was done, nobody looks again before `every` is over."""

    name: str
    due: Finds
    work: Does
    failed: Does | None = None
    every: timedelta = timedelta(0)
    finding_writes: bool = False


def in_bulk(name: str, work: Callable[[Session, datetime], int]) -> Chore:
    """Return a chore that does all that is due (or a large bite of it) with a few statements, and tells how many."""
    return Chore(name=name, due=lambda _session, _now: [None], work=lambda session, _, now: work(session, now))


FIRING = (
    in_bulk("fire", lambda session, now: order_actions.fire_due_orders(session, now=now)),
    Chore(
        name="end waits",
        due=lambda session, now: order_actions.waited_too_long(session, now=now),
        work=lambda session, one, now: order_actions.end_wait(session, order_id=one, now=now),
    ),
)
"""What makes orders late if it waits."""

STANDING_ORDERS = Chore(
    name="place standing orders",
    due=lambda session, now: order_actions.due_standing_orders(session, now=now),
    work=lambda session, one, now: order_actions.place_standing_order(
        session, standing_order_id=one, quote_seconds=STANDING_QUOTE_SECONDS, now=now
    ),
    failed=lambda session, one, now: order_actions.put_off_standing_order(session, standing_order_id=one, now=now),
    every=timedelta(seconds=5),
)

FOLLOWING_UP = (
    Chore(
        name="settle asks",
        due=lambda session, now: order_actions.due_asks(session, now=now),
        work=lambda session, one, now: order_actions.settle_ask(session, order_id=one[0], number=one[1], now=now),
    ),
    Chore(
        name="obey shortages",
        due=lambda session, now: order_actions.orders_short_of_something(session, now=now),
        work=lambda session, one, now: order_actions.obey_shortage(
            session, order_id=one[0], kind=one[1], subject_id=one[2], now=now
        ),
        finding_writes=True,
    ),
    Chore(
        name="settle no-shows",
        due=lambda session, now: order_actions.due_no_shows(session, now=now),
        work=lambda session, one, now: order_actions.settle_no_show(session, order_id=one, now=now),
    ),
    Chore(
        name="revise promises",
        due=lambda session, now: order_actions.hopeless(session, now=now),
        work=lambda session, one, now: order_actions.propose_revision(session, order_id=one, now=now),
        every=timedelta(seconds=15),
    ),
    STANDING_ORDERS,
    Chore(
        name="settle changes",
        due=lambda session, _now: order_actions.due_changes(session),
        work=lambda session, one, now: order_actions.settle_change(session, order_id=one, now=now),
    ),
    Chore(
        name="return transfers",
        due=lambda session, now: wallet_actions.due_transfers(session, now=now),
        work=lambda session, one, now: wallet_actions.return_transfer(session, transfer_id=one, now=now),
    ),
    Chore(
        name="expire holds",
        due=lambda session, now: wallet_actions.due_holds(session, now=now),
        work=lambda session, one, now: wallet_actions.expire_hold(session, hold_id=one, now=now),
    ),
    Chore(
        name="expire orders",
        due=lambda session, now: order_actions.due_expiries(session, now=now),
        work=lambda session, one, now: order_actions.expire_order(session, order_id=one, now=now),
        every=timedelta(minutes=1),
    ),
    Chore(
        name="end walk-ins",
        due=lambda session, now: order_actions.due_walk_ins(session, now=now),
        work=lambda session, one, now: order_actions.end_walk_in(session, store_id=one[0], walk_in_id=one[1], now=now),
        every=timedelta(minutes=1),
    ),
    Chore(
        name="expire stars",
        due=lambda session, now: loyalty_actions.due_expiries(session, now=now),
        work=lambda session, one, now: loyalty_actions.expire_stars(session, member_id=one, now=now),
        every=timedelta(minutes=1),
    ),
    Chore(
        name="return gifts",
        due=lambda session, now: loyalty_actions.due_gifts(session, now=now),
        work=lambda session, one, now: loyalty_actions.return_gift(session, gift_id=one, now=now),
        every=timedelta(minutes=1),
    ),
    Chore(
        name="follow star policies",
        due=lambda session, now: reactions.star_policies(session, now=now),
        work=lambda session, one, now: reactions.follow_star_policy(session, lot_id=one[0], policy=one[1], now=now),
        every=timedelta(minutes=1),
    ),
)

FORGETTING = (
    in_bulk("forget", lambda session, now: forget(session, now=now)),
    Chore(
        name="forget orders",
        due=lambda session, now: order_actions.due_to_forget(session, now=now),
        work=lambda session, one, now: order_actions.forget_order(session, order_id=one, now=now),
    ),
    Chore(
        name="forget walk-ins",
        due=lambda session, now: order_actions.due_walk_ins_to_forget(session, now=now),
        work=lambda session, one, now: order_actions.forget_walk_in(session, walk_in_id=one, now=now),
    ),
    in_bulk("forget pools", lambda session, now: loyalty_actions.forget_what_is_over(session, now=now)),
    in_bulk("forget tombstones", lambda session, now: order_actions.forget_tombstones(session, now=now)),
    Chore(
        name="forget subscriptions",
        due=lambda session, now: notification_actions.ended_subscriptions(session, now=now),
        work=lambda session, some, _: notification_actions.forget_subscriptions(session, subscription_ids=some),
    ),
    in_bulk("forget holds", lambda session, now: wallet_actions.forget_old_holds(session, now=now)),
    in_bulk("forget slots", lambda session, now: forget_old_slots(session, now=now)),
    in_bulk("forget facts", lambda session, now: forget_old_facts(session, now=now)),
)
"""What became too old: each bite after bite, until nothing of it is left."""


def forget(session: Session, *, now: datetime) -> int:
    """Delete kept answers, quotes, notifications and sign-ins that are older than they need to be; return how many."""
    return (
        order_actions.forget_old_quotes(session, before=now - KEEP_QUOTES)
        + notification_actions.forget_done(session, now=now)
        + payment_actions.forget_old_events(session, now=now)
        + idempotency.forget_old_answers(session, now=now)
        + account_actions.forget_expired(session, now=now)
    )


def forget_old_slots(session: Session, *, now: datetime) -> int:
    """Delete up to 1,000 of the slots of the day before yesterday and older; return how many."""
    return order_actions.forget_old_slots(session, before=now - KEEP_SLOTS)
