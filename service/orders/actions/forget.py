"""Forgetting orders that their customers want remembered no longer."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from ...loyalty import actions as loyalty
from ...payments import queries as payments
from ...preferences import queries as preferences
from ...wallet import actions as wallet
from ..models import ForgottenOrder, Order, OrderAsk, OrderLine, OrderTransition, Quote, Refund, WalkIn
from ..queries.tenders import tenders_of
from ..rules.forgetting import (
    FORGOTTEN,
    TOMBSTONES_STAY,
    WALK_INS_STAY,
    forgotten_line,
    forgotten_walk_in_lines,
)
from . import paying
from .facts import WALK_IN
from .turn import take_turn

BATCH = 100
_TOMBSTONES_AT_ONCE = 1_000
_CUSTOMERS = 500

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_LINES: sa.Table = OrderLine.__table__  # type: ignore[assignment]
_TOMBSTONES: sa.Table = ForgottenOrder.__table__  # type: ignore[assignment]
_WALK_INS: sa.Table = WalkIn.__table__  # type: ignore[assignment]
_STEPS: sa.Table = OrderTransition.__table__  # type: ignore[assignment]


def due_to_forget(session: Session, *, now: datetime) -> list[UUID]:
    """Return up to 100 orders that ended longer ago than their customers want them remembered."""
    found: list[UUID] = []
    wanted = preferences.retentions(session, after=None, limit=_CUSTOMERS)
    while wanted and len(found) < BATCH:
        of_days: dict[timedelta, list[UUID]] = {}
        for customer_id, kept in wanted.items():
            of_days.setdefault(kept, []).append(customer_id)
        over = [
            sa.and_(_ORDERS.c.customer_id.in_(customers), _ORDERS.c.ended_at < now - kept)
            for kept, customers in of_days.items()
        ]
        due = sa.select(_ORDERS.c.id).where(sa.or_(*over), _ORDERS.c.forgotten_at.is_(None))
        found += session.scalars(due.order_by(_ORDERS.c.id).limit(BATCH - len(found)))
        wanted = preferences.retentions(session, after=max(wanted), limit=_CUSTOMERS)
    return found


def forget_order(session: Session, *, order_id: UUID, now: datetime) -> bool:
    """Take out of an ended order all that is personal, once, where its customer still wants that; tell whether it was
    done here.

    It belongs to nobody after it, and nobody finds it; its customer's feed tells that it is gone. What was sold for how
    much, paid and refunded stays, as does the promise and whether it was kept. Nothing leads to who paid it.
    """
    order = take_turn(session, order_id, _ORDERS.c.forgotten_at.is_(None), _ORDERS.c.ended_at.is_not(None))
    if order is None:
        return False
    kept = preferences.retention_of(session, customer_id=order["customer_id"])
    if kept is None or order["ended_at"] >= now - kept:
        return False
    if not _forget_payments(session, order_id):
        return False
    _forget_lines(session, order_id)
    by_customer = sa.and_(_STEPS.c.order_id == order_id, _STEPS.c.actor == "customer")
    session.execute(sa.update(_STEPS).where(by_customer).values(actor_id=None))
    session.execute(sa.update(_STEPS).where(_STEPS.c.order_id == order_id).values(reason=None))
    session.execute(sa.update(Refund).where(Refund.order_id == order_id).values(reason=FORGOTTEN))
    session.execute(sa.delete(OrderAsk).where(OrderAsk.order_id == order_id))
    session.execute(sa.delete(Quote).where(sa.or_(Quote.id == order["quote_id"], Quote.replaces_order_id == order_id)))
    events.forget_subject(session, "order", order_id)
    loyalty.forget_order(session, order_id=order_id)
    wallet.forget_order(session, order_id=order_id)
    nobody = {
        "customer_id": new_id(),  # of this order alone: not even that two were the same person's is left
        "client_order_id": FORGOTTEN,
        "grant_id": None,
        "placed_by": None,
        "alias": None,
        "choices": {},
        "stars": None,
        "rewards": None,
        "pending_change": None,
        "arriving_at": None,
        "arrived_at": None,
        "end_reason": None,
        "forgotten_at": now,
    }
    this = sa.update(_ORDERS).where(_ORDERS.c.id == order_id)
    place = session.execute(this.values(nobody).returning(_ORDERS.c.change_seq)).scalar_one()
    tombstone = {"customer_id": order["customer_id"], "change_seq": place, "order_id": order_id, "forgotten_at": now}
    session.execute(sa.insert(_TOMBSTONES), tombstone)
    return True


def _forget_payments(session: Session, order_id: UUID) -> bool:
    """Let nothing lead from an order to the cards, payments and movements of money that paid it; tell whether that
    could be: what its bank still has to answer is waited for, since the order must hear of it."""
    tenders = tenders_of(session, order_id)
    if not payments.are_settled(session, payment_ids=[each.payment_id for each in tenders if each.payment_id]):
        return False
    for tender in tenders:
        paying.change(session, tender, id=new_id(), method_id=None, payment_id=None)
    for refund in session.scalars(sa.select(Refund).where(Refund.order_id == order_id, Refund.tenders.is_not(None))):
        refund.tenders = [{**back, "id": str(new_id())} for back in refund.tenders or ()]
    return True


def forget_tombstones(session: Session, *, now: datetime) -> int:
    """Forget of up to 1,000 orders that were forgotten 90 days ago whose they were; return of how many.

    A customer's last place in their feed stays, without the order: it must not be given again.
    """
    old = sa.and_(_TOMBSTONES.c.order_id.is_not(None), _TOMBSTONES.c.forgotten_at < now - TOMBSTONES_STAY)
    some = sa.select(_TOMBSTONES.c.order_id).where(old).limit(_TOMBSTONES_AT_ONCE)
    these = sa.update(_TOMBSTONES).where(_TOMBSTONES.c.order_id.in_(some)).values(order_id=None)
    customers = session.execute(these.returning(_TOMBSTONES.c.customer_id)).scalars().all()
    this = _TOMBSTONES.c
    is_passed = sa.or_(
        *(
            sa.exists().where(feed.c.customer_id == this.customer_id, feed.c.change_seq > this.change_seq)
            for feed in (_ORDERS, _TOMBSTONES.alias())
        )
    )
    nameless = sa.and_(_TOMBSTONES.c.customer_id.in_(set(customers)), _TOMBSTONES.c.order_id.is_(None))
    session.execute(sa.delete(_TOMBSTONES).where(nameless, is_passed))
    return len(customers)


def due_walk_ins_to_forget(session: Session, *, now: datetime) -> list[UUID]:
    """Return up to 100 walk-ins that ended a day ago."""
    over = sa.and_(_WALK_INS.c.forgotten_at.is_(None), _WALK_INS.c.ended_at < now - WALK_INS_STAY)
    return list(session.scalars(sa.select(_WALK_INS.c.id).where(over).order_by(_WALK_INS.c.ended_at).limit(BATCH)))


def forget_walk_in(session: Session, *, walk_in_id: UUID, now: datetime) -> bool:
    """Take out of a walk-in that is over what staff typed of the person: the label, notes and texts, and which loyalty
    card was shown for it; tell whether it was done here. What was made, and when, stays."""
    over = sa.and_(_WALK_INS.c.forgotten_at.is_(None), _WALK_INS.c.ended_at < now - WALK_INS_STAY)
    due = sa.select(_WALK_INS.c.lines).where(_WALK_INS.c.id == walk_in_id, over)
    # Locked: another worker may be at it.
    row = session.execute(due.with_for_update(skip_locked=True)).first()
    if row is None:
        return False
    events.forget_subject(session, WALK_IN, walk_in_id)
    loyalty.forget_shown(session, sale_id=walk_in_id)
    nobody = {"label": None, "lines": forgotten_walk_in_lines(row.lines), "forgotten_at": now}
    session.execute(sa.update(_WALK_INS).where(_WALK_INS.c.id == walk_in_id).values(nobody))
    return True


def _forget_lines(session: Session, order_id: UUID) -> None:
    lines = session.execute(
        sa.select(_LINES.c.position, _LINES.c.document).where(_LINES.c.order_id == order_id).order_by(_LINES.c.position)
    )
    for line in lines.all():
        this = sa.and_(_LINES.c.order_id == order_id, _LINES.c.position == line.position)
        session.execute(sa.update(_LINES).where(this).values(document=forgotten_line(line.document), asked=None))
