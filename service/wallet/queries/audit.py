"""The proof of the ledger: everything that it says of itself, found out again from its entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...payments import queries as payments
from ..models import CashOut, CashOutPart, GiftCard, Hold, LedgerAccount, LedgerEntry, LedgerTransaction, Load, Transfer
from ..rules.ledger import NOT_BELOW_ZERO

_A: Any = LedgerAccount.__table__
_E: Any = LedgerEntry.__table__
_T: Any = LedgerTransaction.__table__
_SAME = sa.and_(_E.c.account_kind == _A.c.kind, _E.c.owner_id == _A.c.owner_id, _E.c.currency == _A.c.currency)
_SUM = sa.func.coalesce(sa.func.sum(_E.c.amount_minor), 0)


def ledger_faults(session: Session) -> list[str]:
    """Return what is wrong with the ledger, in words; nothing where everything is proved.

    One snapshot must be read: on PostgreSQL in a REPEATABLE READ transaction (db.at_one_instant).
    """
    return [fault for check in _CHECKS for fault in check(session)]


def remedies_given(session: Session) -> dict[UUID, tuple[int, str]]:
    """Return what was given for missed promises, by the order, as far as that isn't forgotten: minor units and
    currency."""
    given = (
        sa.select(_T.c.order_id, _E.c.amount_minor, _E.c.currency)
        .join(_E, _E.c.transaction_id == _T.c.id)
        .where(_T.c.kind == "remedy", _T.c.order_id.is_not(None), _E.c.account_kind == "wallet")
    )
    return {row.order_id: (row.amount_minor, row.currency) for row in session.execute(given)}


def _transactions(session: Session) -> Iterator[str]:
    unbalanced = (
        sa.select(_E.c.transaction_id, _E.c.currency, sa.func.sum(_E.c.amount_minor).label("total"))
        .group_by(_E.c.transaction_id, _E.c.currency)
        .having(sa.func.sum(_E.c.amount_minor) != 0)
    )
    for row in session.execute(unbalanced):
        yield f"transaction {row.transaction_id} is {row.total} {row.currency} off zero"
    short = (
        sa.select(_T.c.id, sa.func.count(_E.c.transaction_id).label("entries"))
        .outerjoin_from(_T, _E, _E.c.transaction_id == _T.c.id)
        .group_by(_T.c.id)
        .having(sa.func.count(_E.c.transaction_id) < 2)
    )
    for row in session.execute(short):
        yield f"transaction {row.id} has {row.entries} entries"
    lost = sa.select(_E.c.transaction_id).distinct().where(~sa.exists().where(_T.c.id == _E.c.transaction_id))
    for row in session.execute(lost):
        yield f"entries of transaction {row.transaction_id} were never closed"


def _balances(session: Session) -> Iterator[str]:
    summed = (
        sa.select(
            _A.c.kind,
            _A.c.owner_id,
            _A.c.currency,
            _A.c.balance_minor,
            _A.c.entry_count,
            _SUM.label("total"),
            sa.func.count(_E.c.transaction_id).label("entries"),
        )
        .outerjoin_from(_A, _E, sa.and_(_SAME, _E.c.number.is_not(None)))
        .group_by(_A.c.kind, _A.c.owner_id, _A.c.currency, _A.c.balance_minor, _A.c.entry_count)
        .having(
            sa.or_(_A.c.balance_minor != _SUM, _A.c.entry_count != sa.func.count(_E.c.transaction_id)),
        )
    )
    for row in session.execute(summed):
        yield (
            f"{_name(row)} has {row.balance_minor} in {row.entry_count} entries; "
            f"its entries make {row.total} in {row.entries}"
        )


def _running_balances(session: Session) -> Iterator[str]:
    within = {"partition_by": (_E.c.account_kind, _E.c.owner_id, _E.c.currency), "order_by": _E.c.number}
    running = (
        sa.select(
            _E.c.account_kind.label("kind"),
            _E.c.owner_id,
            _E.c.currency,
            _E.c.number,
            _E.c.balance_minor,
            sa.func.sum(_E.c.amount_minor).over(**within, rows=(None, 0)).label("total"),
            sa.func.row_number().over(**within).label("place"),
        )
        .where(_E.c.number.is_not(None))
        .subquery()
    )
    wrong = sa.or_(running.c.total != running.c.balance_minor, running.c.place != running.c.number)
    for row in session.execute(sa.select(running).where(wrong).limit(1_000)):
        yield f"{_name(row)} says {row.balance_minor} after entry {row.number}; the entries make {row.total}"


def _below_zero(session: Session) -> Iterator[str]:
    kept = sa.select(_A.c.kind, _A.c.owner_id, _A.c.currency, _A.c.balance_minor.label("total"))
    below = kept.where(_A.c.balance_minor < 0)
    summed = (
        sa.select(_E.c.account_kind.label("kind"), _E.c.owner_id, _E.c.currency, _SUM.label("total"))
        .where(_E.c.account_kind.in_(NOT_BELOW_ZERO))
        .group_by(_E.c.account_kind, _E.c.owner_id, _E.c.currency)
        .having(_SUM < 0)
    )
    seen = {tuple(row) for statement in (below, summed) for row in session.execute(statement)}
    for kind, owner_id, currency, total in sorted(seen, key=str):
        yield f"{kind} {owner_id} is below zero: {total} {currency}"


def _breakage(session: Session) -> Iterator[str]:
    for row in session.execute(sa.select(_E.c.transaction_id).where(_E.c.account_kind == "breakage")):
        yield f"transaction {row.transaction_id} lets value lapse"
    kept = sa.select(_A.c.balance_minor, _A.c.currency).where(_A.c.kind == "breakage", _A.c.balance_minor != 0)
    for row in session.execute(kept):
        yield f"breakage is {row.balance_minor} {row.currency}; nothing ever lapses"


def _holds(session: Session) -> Iterator[str]:
    held = (
        sa.select(Hold.customer_id, Hold.currency, sa.func.sum(Hold.amount_minor).label("total"))
        .where(Hold.state == "open")
        .group_by(Hold.customer_id, Hold.currency)
        .subquery()
    )
    total = sa.func.coalesce(held.c.total, 0)
    kept = (
        sa.select(_A.c.kind, _A.c.owner_id, _A.c.currency, _A.c.held_minor, total.label("total"))
        .outerjoin(held, sa.and_(held.c.customer_id == _A.c.owner_id, held.c.currency == _A.c.currency))
        .where(_A.c.kind == "wallet", _A.c.held_minor != total)
    )
    for row in session.execute(kept):
        yield f"{_name(row)} holds {row.held_minor}; its open holds make {row.total}"


def _waiting(session: Session) -> Iterator[str]:
    """What waits for somebody must be exactly what was put there, and nothing once it was taken."""
    for kind, thing, is_open in (
        ("gift_card", GiftCard, GiftCard.claimed_by.is_(None)),
        ("transfer", Transfer, Transfer.state == "offered"),
    ):
        due = sa.case((is_open, thing.amount_minor), else_=0)
        balance = sa.func.coalesce(_A.c.balance_minor, 0)
        accounts = sa.and_(_A.c.kind == kind, _A.c.owner_id == thing.id)
        wrong = (
            sa.select(thing.id, due.label("due"), balance.label("balance"))
            .outerjoin_from(thing, _A, accounts)
            .where(balance != due)
        )
        for row in session.execute(wrong):
            yield f"{kind} {row.id} should have {row.due}, and has {row.balance}"


def _payable(session: Session) -> Iterator[str]:
    """Refunds payable are exactly the cash-outs that are still to be paid; loads are what the provider brought."""
    till = sa.select(CashOut.currency, CashOut.amount_minor).where(
        CashOut.channel == "till", CashOut.state == "pending"
    )
    parts = (
        sa.select(CashOut.currency, CashOutPart.amount_minor)
        .join(CashOut, CashOut.id == CashOutPart.cash_out_id)
        .where(CashOutPart.state == "pending")
    )
    owed = sa.union_all(till, parts).subquery()
    due = {row[0]: int(row[1]) for row in session.execute(_per_currency(owed))}
    payable = _house(session, "refunds_payable")
    for currency in sorted(due.keys() | payable.keys()):
        if due.get(currency, 0) != payable.get(currency, 0):
            yield (
                f"refunds payable are {payable.get(currency, 0)} {currency}; "
                f"cash-outs to pay make {due.get(currency, 0)}"
            )
    loads = sa.select(Load.id).where(
        (Load.state == "settled")
        != sa.exists().where(_T.c.kind == "load", _T.c.purpose == "load", _T.c.purpose_id == Load.id)
    )
    for row in session.execute(loads):
        yield f"load {row.id} is not in the ledger as it is kept"


def _per_currency(owed: Any) -> Any:
    return sa.select(owed.c.currency, sa.func.sum(owed.c.amount_minor)).group_by(owed.c.currency)


def _house(session: Session, kind: str) -> dict[str, int]:
    summed = sa.select(_E.c.currency, _SUM).where(_E.c.account_kind == kind).group_by(_E.c.currency)
    return {row[0]: int(row[1]) for row in session.execute(summed)}


def _name(row: Any) -> str:
    return f"{row.kind} {row.owner_id} in {row.currency}"


def _clearing(session: Session) -> Iterator[str]:
    """What providers owe us is what payments brought, less what was given back: nothing is charged for nothing."""
    cleared = sa.select(_E.c.currency, _SUM).where(_E.c.account_kind == "provider_clearing").group_by(_E.c.currency)
    booked = {currency: -int(amount) for currency, amount in session.execute(cleared)}
    brought = payments.brought(session)
    for currency in sorted(booked | brought):
        if booked.get(currency, 0) != brought.get(currency, 0):
            yield (f"payments brought {brought.get(currency, 0)} {currency}, the ledger says {booked.get(currency, 0)}")


def _disputes(session: Session) -> Iterator[str]:
    """What is lost in disputes is what banks took, less what of it counts as given back: nothing is given twice."""
    booked, lost = _house(session, "disputes"), payments.lost_in_disputes(session)
    for currency in sorted(booked | lost):
        says = -booked.get(currency, 0)
        if says != lost.get(currency, 0):
            yield f"disputes took {lost.get(currency, 0)} {currency}, the ledger says {says}"


_CHECKS = (
    _transactions,
    _balances,
    _running_balances,
    _below_zero,
    _breakage,
    _holds,
    _waiting,
    _payable,
    _clearing,
    _disputes,
)
