"""Posting a movement to the ledger: the accounts first, then its entries, then the transaction that closes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ...db import new_id, pipelined
from ..errors import InsufficientBalance
from ..models import AutoReload, LedgerAccount, LedgerEntry, LedgerTransaction
from ..rules.ledger import Account, Leg, MovementKind, merged

_ACCOUNTS: sa.Table = LedgerAccount.__table__  # type: ignore[assignment]
_ENTRIES: sa.Table = LedgerEntry.__table__  # type: ignore[assignment]
_TRANSACTIONS: sa.Table = LedgerTransaction.__table__  # type: ignore[assignment]
_RELOADS: sa.Table = AutoReload.__table__  # type: ignore[assignment]

_THIS = (
    _ACCOUNTS.c.kind == sa.bindparam("of_kind"),
    _ACCOUNTS.c.owner_id == sa.bindparam("of_owner"),
    _ACCOUNTS.c.currency == sa.bindparam("of_currency"),
)
_BEFORE = sa.select(_TRANSACTIONS.c.id).where(
    _TRANSACTIONS.c.kind == sa.bindparam("movement"),
    _TRANSACTIONS.c.purpose == sa.bindparam("purpose"),
    _TRANSACTIONS.c.purpose_id == sa.bindparam("purpose_id"),
)
_IS_ENOUGH = _ACCOUNTS.c.balance_minor - sa.bindparam("taken") >= (
    _ACCOUNTS.c.held_minor - sa.bindparam("released", type_=sa.BigInteger)
)
# Below which balance the owner wants more (auto_reload.py): read here, so that paying needs no statement for it.
_THRESHOLD = (
    sa.select(_RELOADS.c.threshold_minor)
    .where(
        _RELOADS.c.customer_id == _ACCOUNTS.c.owner_id, _RELOADS.c.currency == _ACCOUNTS.c.currency, _RELOADS.c.is_on
    )
    .correlate(_ACCOUNTS)
    .scalar_subquery()
    .label("threshold_minor")
)
AFTER = (_ACCOUNTS.c.balance_minor, _ACCOUNTS.c.held_minor, _ACCOUNTS.c.entry_count)


def _debit(*conditions: sa.ColumnElement[bool]) -> Any:
    return (
        sa.update(_ACCOUNTS)
        .where(*_THIS, *conditions, ~sa.exists(_BEFORE))
        .values(
            balance_minor=_ACCOUNTS.c.balance_minor - sa.bindparam("taken"),
            held_minor=_ACCOUNTS.c.held_minor - sa.bindparam("released"),
            entry_count=_ACCOUNTS.c.entry_count + 1,
        )
        .returning(*AFTER, _THRESHOLD)
    )


# One conditional statement, so that of two spends each sees what the other left.
_DEBIT = _debit(_IS_ENOUGH)
_OPEN = {
    "sqlite": sqlite.insert(_ACCOUNTS).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_ACCOUNTS).on_conflict_do_nothing(),
}


def _credit(insert: Any) -> Any:
    return insert.on_conflict_do_update(
        index_elements=[_ACCOUNTS.c.kind, _ACCOUNTS.c.owner_id, _ACCOUNTS.c.currency],
        set_={
            "balance_minor": _ACCOUNTS.c.balance_minor + insert.excluded.balance_minor,
            "entry_count": _ACCOUNTS.c.entry_count + 1,
        },
    ).returning(*AFTER)


_CREDIT = {"sqlite": _credit(sqlite.insert(_ACCOUNTS)), "postgresql": _credit(postgresql.insert(_ACCOUNTS))}
_WRITE_ENTRIES = sa.insert(_ENTRIES).inline()
_CLOSE = sa.insert(_TRANSACTIONS).inline()


@dataclass(frozen=True, slots=True)
class Posted:
    """A movement that was posted now; `available_minor` is what is left to spend of the account that it took from, and
    `is_below_threshold` whether that is less than its owner wants to have there (rules.auto_reload)."""

    transaction_id: UUID
    available_minor: int = 0
    is_below_threshold: bool = False


def post(
    session: Session,
    *,
    kind: MovementKind,
    purpose: str,
    purpose_id: UUID,
    legs: Iterable[Leg],
    order_id: UUID | None = None,
    released_minor: int = 0,
    now: datetime,
) -> Posted | None:
    """Move money between accounts, all of it or nothing; return None where the same movement was made before.

    A movement is the same that has the same kind, purpose and id; `order_id` is the order that it is for, where it is
    for one. `released_minor` of what is held of the wallet it
    takes from is free for it. Locks the counted accounts in the order of their keys. Raises InsufficientBalance.
    """
    moved = merged(legs)
    counted = [leg for leg in moved if leg.account.is_counted]
    named = {"movement": kind, "purpose": purpose, "purpose_id": purpose_id}
    if (not counted or counted[0].amount_minor > 0) and session.connection().execute(_BEFORE, named).first():
        return None
    after: dict[Account, sa.Row[Any]] = {}
    posted = Posted(new_id())
    for leg in counted:
        if leg.amount_minor > 0:
            after[leg.account] = _credited(session, leg, now)
            continue
        row = session.connection().execute(_DEBIT, _taking(leg, released_minor) | named).first()
        if row is None:
            if session.connection().execute(_BEFORE, named).first():
                return None
            raise _too_little(session, leg, released_minor)
        after[leg.account] = row
        available = row.balance_minor - row.held_minor
        below = row.threshold_minor is not None and available < row.threshold_minor
        posted = Posted(posted.transaction_id, available, below)
    _write(session, posted.transaction_id, moved, after, named | {"order_id": order_id}, now)
    return posted


def _taking(leg: Leg, released_minor: int) -> dict[str, Any]:
    account = leg.account
    return {
        "of_kind": account.kind,
        "of_owner": account.owner_id,
        "of_currency": account.currency,
        "taken": -leg.amount_minor,
        "released": released_minor,
    }


def _credited(session: Session, leg: Leg, now: datetime) -> sa.Row[Any]:
    row = _opening(leg.account, now) | {"balance_minor": leg.amount_minor, "entry_count": 1}
    return session.connection().execute(_CREDIT[session.get_bind().dialect.name], row).one()


def _opening(account: Account, now: datetime) -> dict[str, Any]:
    return {
        "kind": account.kind,
        "owner_id": account.owner_id,
        "currency": account.currency,
        "balance_minor": 0,
        "held_minor": 0,
        "entry_count": 0,
        "opened_at": now,
    }


def _too_little(session: Session, leg: Leg, released_minor: int) -> InsufficientBalance:
    kept = session.connection().execute(
        sa.select(*AFTER).where(*_THIS), {name: value for name, value in _taking(leg, 0).items() if name[:3] == "of_"}
    )
    row = kept.first()
    available = row.balance_minor - row.held_minor + released_minor if row is not None else 0
    return InsufficientBalance(needed_minor=-leg.amount_minor, available_minor=available, currency=leg.account.currency)


def _write(
    session: Session,
    transaction_id: UUID,
    moved: Sequence[Leg],
    after: dict[Account, sa.Row[Any]],
    named: dict[str, Any],
    now: datetime,
) -> None:
    """Write the entries and close the transaction, in one round trip."""
    house = [_opening(leg.account, now) for leg in moved if not leg.account.is_counted]
    entries = [
        {
            "transaction_id": transaction_id,
            "position": position,
            "account_kind": leg.account.kind,
            "owner_id": leg.account.owner_id,
            "currency": leg.account.currency,
            "amount_minor": leg.amount_minor,
            "number": after[leg.account].entry_count if leg.account in after else None,
            "balance_minor": after[leg.account].balance_minor if leg.account in after else None,
        }
        for position, leg in enumerate(moved, start=1)
    ]
    closing = {
        "id": transaction_id,
        "kind": named["movement"],
        "purpose": named["purpose"],
        "purpose_id": named["purpose_id"],
        "order_id": named["order_id"],
        "happened_at": now,
    }
    connection = session.connection()
    with pipelined(session):
        if house:
            connection.execute(_OPEN[session.get_bind().dialect.name], house)
        connection.execute(_WRITE_ENTRIES, entries)
        connection.execute(_CLOSE, closing)
