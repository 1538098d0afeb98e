"""What becomes of the cards that pay orders: reserved, refused, taken, given back. Facts of payments tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...errors import NotFound
from ...payments import actions as payments
from ...payments.actions import (
    PaymentAuthorised,
    PaymentCaptured,
    PaymentFailed,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundReturned,
)
from ...wallet import actions as wallet
from ...wallet.rules.ledger import Leg
from ..models import Order, OrderTender, Refund
from ..queries.tenders import tenders_of
from ..rules import promise
from ..rules import tenders as rules
from ..rules.declined import not_paid
from ..rules.states import WAITING, State
from ..rules.tenders import Tender
from . import ledger, paying
from .facts import OrderChanged, about
from .life import lock_order, step
from .standing.failing import fail_day

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_PAID_BY = sa.select(OrderTender.order_id).where(OrderTender.id == sa.bindparam("tender_id"))

Paying = tuple[dict[str, Any], Tender]


def follow_authorisation(session: Session, fact: PaymentAuthorised) -> None:
    """React to a reserved payment: once nothing of an order is pending any more, the store may start on it. Where it
    should have by then, its window moves by as much: the store doesn't answer for how long a customer let it wait."""
    found = _paying(session, fact)
    if found is None or found[1].state != rules.PENDING:
        return
    order, tender = found
    paying.change(session, tender, state=rules.HELD)
    is_pending = any(each.state == rules.PENDING for each in tenders_of(session, order["id"]))
    moved = {} if is_pending else _moved_by_waiting(session, order, fact.happened_at)
    _update(session, order, fact.happened_at, payment_pending=is_pending, **moved)


def _moved_by_waiting(session: Session, order: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    if order["state"] == State.HELD:
        return {}  # it is promised nothing yet
    waited = now - max(order["fire_at"], order["placed_at"])
    starts_at = promise.moved_by(order["window_starts_at"], waited)
    if starts_at == order["window_starts_at"]:
        return {}
    ledger.append(session, order, "changed", starts_at, now=now)
    told = about(order, now, version=order["version"] + 1)
    events.record(session, OrderChanged(**told, window_starts_at=starts_at))
    return {"window_starts_at": starts_at, "window_ends_at": starts_at + promise.WINDOW}


def follow_failure(session: Session, fact: PaymentFailed) -> None:
    """React to a payment that came to nothing: an order that waits ends, and all it holds is free; what the store has
    started on already is due at pickup; of what was handed over before, that part was never paid."""
    found = _paying(session, fact)
    if found is None or found[1].state in {rules.FREED, rules.FAILED}:
        return
    order, tender = found
    paying.change(session, tender, state=rules.FAILED)
    if State(order["state"]) in WAITING:
        reason = not_paid(fact.reason)
        # The standing order before the money that is let go, as where a worker places its next day.
        fail_day(session, order, reason=fact.reason, now=fact.happened_at)
        step(session, order, State.CANCELLED, actor="system", actor_id=None, reason=reason, now=fact.happened_at)
    elif order["ended_at"] is None:
        _update(
            session,
            order,
            fact.happened_at,
            paid_minor=max(0, order["paid_minor"] - tender.amount_minor),
            tip_at_pickup_minor=order["tip_at_pickup_minor"] + tender.tip_minor - tender.tip_refunded_minor,
        )
    else:  # what it was given back meanwhile, nobody gives or gets
        _update(session, order, fact.happened_at, paid_minor=order["paid_minor"] - tender.left_minor)


def follow_capture(session: Session, fact: PaymentCaptured) -> None:
    """React to a payment that was taken: it is the store's, and what went back meanwhile is asked for."""
    found = _paying(session, fact)
    if found is None:
        return
    order, tender = found
    tenders = tenders_of(session, order["id"])
    shares = rules.taxes(tenders, total_minor=order["total_minor"], tax_minor=order["tax_minor"])
    tax_minor = shares[tender.number - 1]
    parts = paying.parts_of(order, tender.amount_minor, tax_minor, tender.tip_minor)
    wallet.book_payment(
        session,
        parts=parts,
        purpose=paying.PURPOSE,
        purpose_id=tender.id,
        order_id=order["id"],
        now=fact.happened_at,
    )
    for back in _given_back(session, order, tender):
        amount_minor = back["amount"]["amount_minor"] + back["tip"]["amount_minor"]
        payments.refund(
            session,
            intent_id=fact.subject_id,
            amount_minor=amount_minor,
            purpose_id=UUID(back["id"]),
            now=fact.happened_at,
        )


def follow_refund(session: Session, fact: PaymentRefunded) -> None:
    """React to what was given back of a payment, by us or by its customer's bank: the store has it no more."""
    found = _parts_back(session, fact)
    if found is not None:
        order, parts = found
        wallet.book_refund(
            session,
            parts=parts,
            purpose=paying.REFUND,
            purpose_id=fact.refund_id,
            order_id=order["id"],
            by_bank_minor=fact.by_bank_minor,
            now=fact.happened_at,
        )


def follow_failed_refund(session: Session, fact: PaymentRefundFailed) -> None:
    """React to what a card doesn't take back: it is in its customer's wallet instead, and the receipt says so."""
    found = _parts_back(session, fact)
    if found is not None:
        order, parts = found
        wallet.give_back(
            session,
            customer_id=order["customer_id"],
            parts=parts,
            purpose=paying.REFUND,
            purpose_id=fact.refund_id,
            order_id=order["id"],
            by_bank_minor=fact.by_bank_minor,
            now=fact.happened_at,
        )
        _say_wallet(session, order["id"], fact.refund_id)
        _update(session, order, fact.happened_at)


def note_returned_refund(session: Session, fact: PaymentRefundReturned) -> UUID | None:
    """Let the receipt say that what a card was given back, and its bank sent back, is in its customer's wallet; return
    the order's id, None where it is of none, or of one that is forgotten."""
    found = _paying(session, fact)
    if found is None:
        return None
    order_id: UUID = found[0]["id"]
    _say_wallet(session, order_id, fact.refund_id)
    _update(session, found[0], fact.happened_at)
    return order_id


def _say_wallet(session: Session, order_id: UUID, back_id: UUID) -> None:
    for refund in session.scalars(sa.select(Refund).where(Refund.order_id == order_id)):
        if refund.tenders:
            refund.tenders = [
                {**back, "kind": rules.WALLET} if back["id"] == str(back_id) else back for back in refund.tenders
            ]


def lock_paid_order(session: Session, tender_id: UUID) -> None:
    """Lock the order that a tender pays, before its payment is: who cancels or refunds it has the order first, too."""
    order_id = session.scalar(_PAID_BY, {"tender_id": tender_id})
    if order_id is not None:
        with suppress(NotFound):  # forgotten: nobody else asks anything of it
            lock_order(session, order_id)


def _paying(session: Session, fact: Any) -> Paying | None:
    """Return the order, locked, and its tender that a payment is for; None where it is for something else, or the order
    is paid in another way by now."""
    if fact.purpose != paying.PURPOSE:
        return None
    order_id = session.scalar(_PAID_BY, {"tender_id": fact.purpose_id})
    if order_id is None:
        return None
    order = lock_order(session, order_id)
    tender = next((each for each in tenders_of(session, order_id) if each.id == fact.purpose_id), None)
    return (order, tender) if tender is not None else None


def _parts_back(
    session: Session, fact: PaymentRefunded | PaymentRefundFailed
) -> tuple[dict[str, Any], list[Leg]] | None:
    found = _paying(session, fact)
    if found is None:
        return None
    order, tender = found
    for back in _given_back(session, order, tender):
        if UUID(back["id"]) == fact.refund_id:
            amounts = (back[name]["amount_minor"] for name in ("amount", "tax", "tip"))
            return order, paying.parts_of(order, *amounts)
    return None


def _given_back(session: Session, order: Mapping[str, Any], tender: Tender) -> Iterator[Mapping[str, Any]]:
    refunds = session.scalars(sa.select(Refund.tenders).where(Refund.order_id == order["id"]).order_by(Refund.id))
    return (back for refund in refunds for back in refund or () if back["number"] == tender.number)


def _update(session: Session, order: Mapping[str, Any], now: datetime, **values: Any) -> None:
    changes = {**values, "version": order["version"] + 1, "updated_at": now}
    session.execute(sa.update(_ORDERS).where(_ORDERS.c.id == order["id"]).values(changes))
