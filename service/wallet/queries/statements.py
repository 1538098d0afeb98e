"""Entries of a wallet as their owner reads them, and a month's statement of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import Invalid
from ..models import LedgerEntry, LedgerTransaction
from ..rules.months import bounds_of

_ENTRIES: sa.Table = LedgerEntry.__table__  # type: ignore[assignment]
_TRANSACTIONS: sa.Table = LedgerTransaction.__table__  # type: ignore[assignment]

MINE = (
    sa.select(
        _ENTRIES.c.number,
        _TRANSACTIONS.c.kind.label("reason"),
        _TRANSACTIONS.c.purpose,
        _TRANSACTIONS.c.purpose_id,
        _TRANSACTIONS.c.order_id,
        _ENTRIES.c.amount_minor,
        _ENTRIES.c.balance_minor,
        _TRANSACTIONS.c.happened_at,
    )
    .join_from(_ENTRIES, _TRANSACTIONS, _TRANSACTIONS.c.id == _ENTRIES.c.transaction_id)
    .where(
        _ENTRIES.c.account_kind == "wallet",
        _ENTRIES.c.owner_id == sa.bindparam("customer_id"),
        _ENTRIES.c.currency == sa.bindparam("currency"),
    )
)
_LAST_BEFORE = (
    MINE.with_only_columns(sa.func.coalesce(sa.func.max(_ENTRIES.c.number), 0).label("number"))
    .where(_TRANSACTIONS.c.happened_at < sa.bindparam("before"))
    .order_by(None)
)
_WITHIN = (
    MINE.where(_ENTRIES.c.number > sa.bindparam("after"), _ENTRIES.c.number <= sa.bindparam("last"))
    .order_by(_ENTRIES.c.number)
    .limit(sa.bindparam("limit"))
)
_TOTALS = (
    MINE.with_only_columns(_TRANSACTIONS.c.kind, sa.func.sum(_ENTRIES.c.amount_minor).label("total"))
    .where(_ENTRIES.c.number > sa.bindparam("after"), _ENTRIES.c.number <= sa.bindparam("last"))
    .group_by(_TRANSACTIONS.c.kind)
    .order_by(sa.func.min(_ENTRIES.c.number))
)
_BALANCE = MINE.with_only_columns(_ENTRIES.c.balance_minor).where(_ENTRIES.c.number == sa.bindparam("at"))

MOST_IN_A_MONTH = 5_000
"""Entries of one answer: far more than anybody makes. What comes after them is in `entries.csv`."""


def shown(rows: Iterable[sa.Row[*tuple[Any, ...]]], currency: str) -> list[dict[str, Any]]:
    """Return entries as they are shown."""
    return [
        {
            "number": row.number,
            "reason": row.reason,
            "purpose": row.purpose,
            "purpose_id": row.purpose_id,
            "order_id": row.order_id,
            "amount": _money(row.amount_minor, currency),
            "balance": _money(row.balance_minor, currency),
            "happened_at": row.happened_at,
        }
        for row in rows
    ]


def _money(amount_minor: int, currency: str) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": currency}


def statement(session: Session, *, customer_id: UUID, currency: str, month: str, timezone: str) -> dict[str, Any]:
    """Return a month of the zone: what was in the wallet when it began, every entry, what was in it at its end.

    Months follow one another without a gap, by the entries' numbers: one that was posted before another stands in no
    later month, whatever its clock said. Raises Invalid.
    """
    bounds = bounds_of(month, timezone)
    if bounds is None:
        raise Invalid({"month": ["Not a month such as 2026-03."]})
    begins, ends = bounds
    mine = {"customer_id": customer_id, "currency": currency}
    after, last = (_last_before(session, mine, instant) for instant in bounds)
    span = mine | {"after": after, "last": last}
    entries = shown(session.connection().execute(_WITHIN, span | {"limit": MOST_IN_A_MONTH}).all(), currency)
    totals = session.connection().execute(_TOTALS, span).all()
    return {
        "month": month,
        "timezone": timezone,
        "begins_at": begins,
        "ends_at": ends,
        "opening": _money(_balance_after(session, mine, after), currency),
        "closing": _money(_balance_after(session, mine, last), currency),
        "totals": [{"reason": row.kind, "amount": _money(int(row.total), currency)} for row in totals],
        "entries": entries,
        "goes_on_after": entries[-1]["number"] if after + len(entries) < last else None,
    }


def _last_before(session: Session, mine: dict[str, Any], instant: datetime) -> int:
    return int(session.connection().execute(_LAST_BEFORE, mine | {"before": instant}).scalar_one())


def _balance_after(session: Session, mine: dict[str, Any], number: int) -> int:
    """Return the balance after the entry of that number, as the entry itself says it; before the first one 0."""
    return int(session.connection().execute(_BALANCE, mine | {"at": number}).scalar_one()) if number else 0
