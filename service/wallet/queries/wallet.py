"""What a customer has, and how it came to be: each entry with its reason and the balance after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import LedgerAccount, LedgerEntry, LedgerTransaction
from .statements import MINE, shown

_ACCOUNTS: sa.Table = LedgerAccount.__table__  # type: ignore[assignment]
_ENTRIES: sa.Table = LedgerEntry.__table__  # type: ignore[assignment]
_TRANSACTIONS: sa.Table = LedgerTransaction.__table__  # type: ignore[assignment]

_BALANCES = (
    sa.select(_ACCOUNTS.c.currency, _ACCOUNTS.c.balance_minor, _ACCOUNTS.c.held_minor)
    .where(_ACCOUNTS.c.kind == "wallet", _ACCOUNTS.c.owner_id == sa.bindparam("customer_id"))
    .order_by(_ACCOUNTS.c.currency)
)
_NEWEST = (
    MINE.where(_ENTRIES.c.number < sa.bindparam("before"))
    .order_by(_ENTRIES.c.number.desc())
    .limit(sa.bindparam("limit"))
)
_FROM = MINE.where(_ENTRIES.c.number > sa.bindparam("after")).order_by(_ENTRIES.c.number).limit(sa.bindparam("limit"))
_BEYOND = 2**62


def available_minor(session: Session, *, customer_id: UUID, currency: str) -> int:
    """Return what the customer can spend now, in minor units of the currency."""
    rows = session.connection().execute(_BALANCES, {"customer_id": customer_id})
    return next((row.balance_minor - row.held_minor for row in rows if row.currency == currency), 0)


def balances_of(session: Session, *, customer_id: UUID) -> list[dict[str, Any]]:
    """Return what the customer has in each currency: `balance`, of it `held`, and `available`."""
    return [
        {
            "currency": row.currency,
            "balance": _money(row.balance_minor, row.currency),
            "held": _money(row.held_minor, row.currency),
            "available": _money(row.balance_minor - row.held_minor, row.currency),
        }
        for row in session.connection().execute(_BALANCES, {"customer_id": customer_id})
    ]


def entries_of(
    session: Session, *, customer_id: UUID, currency: str, before: int | None, limit: int
) -> Sequence[dict[str, Any]]:
    """Return the wallet's entries in the currency, newest first, up to one more than the limit."""
    wanted = {"customer_id": customer_id, "currency": currency, "before": before or _BEYOND, "limit": limit + 1}
    return shown(session.connection().execute(_NEWEST, wanted).all(), currency)


def statement_rows(
    session: Session, *, customer_id: UUID, currency: str, after: int, limit: int
) -> Iterator[tuple[Any, ...]]:
    """Return the entries after one number, oldest first, as the rows of a table: number, instant, reason, purpose, its
    id, order, amount and balance in minor units, currency."""
    wanted = {"customer_id": customer_id, "currency": currency, "after": after, "limit": limit}
    for row in session.connection().execute(_FROM, wanted):
        yield (
            row.number,
            row.happened_at.isoformat().replace("+00:00", "Z"),
            row.reason,
            row.purpose,
            row.purpose_id,
            row.order_id,
            row.amount_minor,
            row.balance_minor,
            currency,
        )


def _money(amount_minor: int, currency: str) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": currency}


def balances_of_store(session: Session, *, store_id: UUID, currency: str) -> dict[str, int]:
    """Return what the entries of a store's accounts add up to, by the account's kind."""
    summed = (
        sa.select(_ENTRIES.c.account_kind, sa.func.sum(_ENTRIES.c.amount_minor))
        .where(_ENTRIES.c.owner_id == store_id, _ENTRIES.c.currency == currency)
        .group_by(_ENTRIES.c.account_kind)
    )
    return {kind: int(total) for kind, total in session.execute(summed)}


def booked_for(session: Session, *, purpose: str) -> dict[UUID, int]:
    """Return what payments for a purpose brought to house accounts, by what each was for."""
    parts = (
        sa.select(_TRANSACTIONS.c.purpose_id, sa.func.sum(_ENTRIES.c.amount_minor))
        .join_from(_TRANSACTIONS, _ENTRIES, _ENTRIES.c.transaction_id == _TRANSACTIONS.c.id)
        .where(_TRANSACTIONS.c.kind == "payment", _TRANSACTIONS.c.purpose == purpose, _ENTRIES.c.amount_minor > 0)
        .group_by(_TRANSACTIONS.c.purpose_id)
    )
    return {purpose_id: int(total) for purpose_id, total in session.execute(parts)}
