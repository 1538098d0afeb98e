"""The promise ledger: what became of an order's promise, appended and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import OrderAsk, PromiseEntry
from ..rules.aftermath import time_within
from ..rules.basket import money
from ..rules.promise import WINDOW
from ..rules.remedies import MONEY, money_for
from .facts import PromiseKept, PromiseMissed

_ENTRIES: sa.Table = PromiseEntry.__table__  # type: ignore[assignment]
_LAST = sa.select(sa.func.max(_ENTRIES.c.number)).where(_ENTRIES.c.order_id == sa.bindparam("of_order"))
_APPEND = sa.insert(_ENTRIES)


def append(
    session: Session,
    order: Mapping[str, Any],
    kind: str,
    window_starts_at: datetime,
    *,
    now: datetime,
    accepts: int | None = None,
    remedy: str | None = None,
    remedy_minor: int | None = None,
) -> int:
    """Append an entry to the ledger of a locked order; return its number. The first promise is number 1."""
    number = int(session.scalar(_LAST, {"of_order": order["id"]}) or 1) + 1
    session.execute(
        _APPEND,
        {
            "order_id": order["id"],
            "number": number,
            "kind": kind,
            "window_starts_at": window_starts_at,
            "window_ends_at": window_starts_at + WINDOW,
            "accepts": accepts,
            "remedy": remedy,
            "remedy_minor": remedy_minor,
            "happened_at": now,
        },
    )
    return number


def settle(session: Session, order: Mapping[str, Any], version: int, now: datetime) -> PromiseKept | PromiseMissed:
    """Record that the promise of an order that is ready for the first time was kept, or missed; return the fact.

    It is judged by the window that holds: the first, one the customer took, or one they accepted. The time in which the
    store waited for the customer's answers doesn't count. A miss applies the
    remedy that the customer chose; those that cost stars or money react to the fact, in this transaction.
    """
    window_starts_at: datetime = order["window_starts_at"]
    late = now - (window_starts_at + WINDOW) - _waited_for_answers(session, order, now)
    told: dict[str, Any] = {
        "subject_id": order["id"],
        "happened_at": now,
        "store_id": order["store_id"],
        "state": "ready",
        "version": version,
        "window_starts_at": window_starts_at,
    }
    if late.total_seconds() <= 0:
        append(session, order, "kept", window_starts_at, now=now)
        return PromiseKept(**told)
    chosen = order["choices"]["remedy"]
    remedy, late_seconds = chosen["kind"], int(late.total_seconds())
    amount_minor = money_for(chosen, late_seconds)
    append(session, order, "missed", window_starts_at, now=now, remedy=remedy, remedy_minor=amount_minor or None)
    return PromiseMissed(
        **told,
        remedy=remedy,
        late_seconds=late_seconds,
        stars=chosen.get("stars", 0),
        amount_minor=amount_minor,
        currency=order["currency"] if amount_minor else None,
        customer_id=order["customer_id"],
    )


def choices_after(order: Mapping[str, Any], fact: PromiseKept | PromiseMissed) -> dict[str, Any]:
    """Return the columns of an order that say what its missed promise gave in money; none where that wasn't chosen."""
    choices = order["choices"]
    if isinstance(fact, PromiseKept) or choices["remedy"]["kind"] != MONEY:
        return {}
    given = {"given": money(fact.amount_minor, order["currency"])}
    return {"choices": {**choices, "remedy": {**choices["remedy"], **given}}}


def _waited_for_answers(session: Session, order: Mapping[str, Any], now: datetime) -> timedelta:
    asked = sa.select(OrderAsk.asked_at, OrderAsk.answered_at).where(OrderAsk.order_id == order["id"])
    spans = [(row.asked_at, row.answered_at or now) for row in session.execute(asked)]
    return time_within(spans, since=order["fired_at"] or now, until=now)
