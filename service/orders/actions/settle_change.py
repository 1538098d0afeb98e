"""What becomes of a change whose cards were asked: their banks reserve it, and all is swapped at once; or the order
stays as it was, and nothing is reserved for the change any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import NotFound, Refusal
from ...payments import actions as payments
from ...payments import queries as payment_queries
from ...payments.rules import states
from ..errors import AlreadyFired, CardRefused, QuoteOutdated, QuoteUsed
from ..models import Order
from ..queries.quotes import quote_to_place
from ..rules.states import WAITING, State
from . import swapping
from .change import swap_order
from .hold import plan_under_lock
from .life import lock_order
from .place import still_shown
from .requote import offer_new_quote

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class SettledChange:
    """A change that is over: done, or (`refusal`) dropped."""

    refusal: Refusal | None


def due_changes(session: Session) -> list[UUID]:
    """Return the orders whose change no bank has to be waited for any more."""
    pending = sa.select(_ORDERS.c.id, _ORDERS.c.state, _ORDERS.c.pending_change)
    rows = session.execute(pending.where(_ORDERS.c.pending_change.is_not(None)).order_by(_ORDERS.c.id).limit(AT_ONCE))
    asked = {row.id: (row.state, _payments_of(row._asdict())) for row in rows}
    if not asked:
        return []
    waiting = payment_queries.undecided(session, {each for _, ids in asked.values() for each in ids})
    return [one for one, (state, ids) in asked.items() if State(state) not in WAITING or not waiting & ids]


def _payments_of(order: Mapping[str, Any]) -> set[UUID]:
    return {card["payment_id"] for card in swapping.asked_cards(order).values()}


def settle_change(session: Session, *, order_id: UUID, now: datetime) -> SettledChange | None:
    """Change an order whose cards are all reserved, or let them go where one isn't, or the order is no more to be
    changed, and say why on the order; None where a bank is still to be waited for, or nothing is asked."""
    order = lock_order(session, order_id)
    if order["pending_change"] is None:
        return None
    plan_under_lock(session)
    found = payments.lock_payments(session, _payments_of(order))
    is_waited_for = any(state in states.UNDECIDED for state, _ in found.values())
    if is_waited_for and State(order["state"]) in WAITING:
        return None
    try:
        with session.begin_nested():  # what can't be swapped whole isn't swapped at all
            _swap(session, order, found, now)
    except Refusal as refusal:
        swapping.drop(session, order, refusal, now=now)
        return SettledChange(refusal)
    return SettledChange(None)


def _swap(session: Session, order: dict[str, Any], found: Mapping[UUID, tuple[str, str | None]], now: datetime) -> None:
    if State(order["state"]) not in WAITING:
        raise AlreadyFired(order["state"])
    for payment_id, (state, reason) in found.items():
        if state != states.AUTHORISED:
            raise CardRefused(payment_id=payment_id, reason=reason or state)
    pending = order["pending_change"]
    quote = _quote_of(session, order, UUID(pending["quote_id"]))
    if quote.used:
        raise QuoteUsed()
    # It held when the cards were asked, and that they took their time breaks nothing; nobody waits for another quote.
    asked_at = datetime.fromisoformat(pending["asked_at"])
    quote = still_shown(session, quote, replaces_order_id=order["id"], quote_seconds=None, now=asked_at)
    swap_order(session, order, quote, quote_seconds=None, now=now, cards=swapping.asked_cards(order))


def _quote_of(session: Session, order: Mapping[str, Any], quote_id: UUID) -> Any:
    quote = quote_to_place(
        session, quote_id=quote_id, customer_id=order["customer_id"], client_order_id=None, grant_id=None
    )
    if quote.id is None:
        raise NotFound("quote")
    return quote


def answer_change(
    session: Session, *, order_id: UUID, quote_id: UUID, quote_seconds: int, now: datetime
) -> Refusal | None:
    """Settle the change to a quote for a customer who waits; return why it was dropped, None where it wasn't.

    Where the quote couldn't be kept as it was shown, the refusal carries a new one, or says why none can be had.
    """
    settled = settle_change(session, order_id=order_id, now=now)
    refusal = settled.refusal if settled is not None else None
    if not isinstance(refusal, QuoteOutdated):
        return refusal
    quote = _quote_of(session, lock_order(session, order_id), quote_id)
    try:
        return offer_new_quote(session, quote, replaces_order_id=order_id, quote_seconds=quote_seconds, now=now)
    except Refusal as nothing_else:  # returned, not raised: the change stays dropped
        return nothing_else
