"""The money's part of a change: who pays by the other quote, and the cards that are asked before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import Refusal
from ...payments import actions as payments
from ..errors import CardRefused
from ..models import Order, OrderTender
from ..rules import tenders as rules
from . import paying

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_TENDERS: sa.Table = OrderTender.__table__  # type: ignore[assignment]

DROPPED = "dropped_change"
"""Of an order's choices: the last change that its customer asked for, and that didn't come about."""


def swap(
    session: Session,
    order: Mapping[str, Any],
    quote: Any,
    *,
    fire_at: datetime,
    now: datetime,
    cards: Mapping[int, Mapping[str, Any]],
) -> dict[str, Any]:
    """Pay a locked order that nothing was taken of as another quote says; return its columns that change.

    `cards` are its reserved ones, as `asked_cards` has them. Raises InsufficientBalance; then all of it stands as it
    was.
    """
    changes: dict[str, Any] = {}
    if order["pending_change"] is not None:
        if not cards:  # it is changed in another way meanwhile
            let_go_cards(session, order, now=now)
        changes["pending_change"] = None
    if paying.is_prepaid(order):
        paying.let_go(session, order, now=now)
        session.execute(sa.delete(_TENDERS).where(_TENDERS.c.order_id == order["id"]))
    rows = paying.reserve(session, quote, fire_at=fire_at, now=now, cards=cards)
    paying.write(session, order["id"], rows)
    return changes | paying.columns_of(quote, rows)


def needs_card(quote: Any) -> bool:
    """Tell whether a bank has to be asked before an order is changed to the quote."""
    return any(shown["kind"] == rules.CARD for shown in quote.document.get("tenders", ()))


def ask_cards(session: Session, order: Mapping[str, Any], quote: Any, *, now: datetime) -> None:
    """Begin a payment for each card of a quote that a locked order is to be changed to, and note that on the order,
    which stays as it is. Cards that were asked for another change are let go. Raises NotFound."""
    if order["pending_change"] is not None:
        let_go_cards(session, order, now=now)
    asked = []
    for number, shown in enumerate(quote.document["tenders"], start=1):
        if shown["kind"] == rules.CARD:
            row = paying.tender_row(number, shown)
            payment_id = paying.begin_card(session, quote.customer_id, row, quote.document["currency"], now)
            asked.append({"number": number, "tender_id": str(row["id"]), "payment_id": str(payment_id)})
    pending = {"quote_id": str(quote.id), "asked_at": now.isoformat(), "cards": asked}
    choices = {name: value for name, value in order["choices"].items() if name != DROPPED}
    note(session, order, now, pending_change=pending, choices=choices)


def drop(session: Session, order: Mapping[str, Any], refusal: Refusal, *, now: datetime) -> None:
    """Drop the change that a locked order's cards were asked for: they are let go, and the order says why, until it is
    changed otherwise, or is to be."""
    let_go_cards(session, order, now=now)
    dropped = {
        "quote_id": order["pending_change"]["quote_id"],
        "dropped_at": now.isoformat(),
        "reason": refusal.slug(),
        "detail": refusal.detail,
        "bank_reason": refusal.facts["reason"] if isinstance(refusal, CardRefused) else None,
    }
    note(session, order, now, pending_change=None, choices={**order["choices"], DROPPED: dropped})


def asked_cards(order: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """Return the ids of tender and payment of each card that is asked for an order's change, by the tender's number."""
    return {
        card["number"]: {"id": UUID(card["tender_id"]), "payment_id": UUID(card["payment_id"])}
        for card in order["pending_change"]["cards"]
    }


def let_go_cards(session: Session, order: Mapping[str, Any], *, now: datetime) -> None:
    """Let go what the cards reserve, or are to reserve, for a change of a locked order that doesn't come about."""
    for card in asked_cards(order).values():
        payments.void(session, intent_id=card["payment_id"], now=now)


def note(session: Session, order: Mapping[str, Any], now: datetime, **values: Any) -> None:
    """Set columns of a locked order, as a new version of it."""
    changes = {**values, "version": order["version"] + 1, "updated_at": now}
    session.execute(sa.update(_ORDERS).where(_ORDERS.c.id == order["id"]).values(changes))
