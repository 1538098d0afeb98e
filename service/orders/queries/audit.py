"""The proof of who pays orders: what their tenders say adds up to what the orders do, and is what the ledger booked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...wallet import queries as wallet
from ..models import Order, OrderTender
from ..rules.tenders import AT_PICKUP, CARD, FAILED, PAID

PURPOSE = "order"
_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_TENDERS: sa.Table = OrderTender.__table__  # type: ignore[assignment]


def _sum(column: sa.ColumnElement[int], state: str | None = None) -> Any:
    counted = column if state is None else sa.case((_TENDERS.c.state == state, column), else_=0)
    return sa.func.sum(counted)


_ADDED_UP = (
    sa.select(
        *(_ORDERS.c[name] for name in ("id", "total_minor", "tip_minor", "paid_minor", "refunded_minor")),
        _sum(_TENDERS.c.amount_minor).label("amounts"),
        _sum(_TENDERS.c.tip_minor).label("tips"),
        _sum(_TENDERS.c.refunded_minor).label("back"),
        _sum(_TENDERS.c.amount_minor, PAID).label("paid"),
        _sum(_TENDERS.c.refunded_minor, FAILED).label("never_paid"),
    )
    .join(_TENDERS, _TENDERS.c.order_id == _ORDERS.c.id)
    .group_by(_ORDERS.c.id)
    .order_by(_ORDERS.c.id)
)
_TAKEN = (
    sa.select(_TENDERS.c.id, _TENDERS.c.kind, _TENDERS.c.state, (_TENDERS.c.amount_minor + _TENDERS.c.tip_minor))
    .join(_ORDERS, _ORDERS.c.id == _TENDERS.c.order_id)
    .where(_TENDERS.c.kind != AT_PICKUP, _ORDERS.c.forgotten_at.is_(None))
    .order_by(_TENDERS.c.id)
)


def tender_faults(session: Session) -> list[str]:
    """Return what is wrong with who pays orders, in words; nothing where everything is proved.

    One snapshot must be read, as for the ledger.
    """
    return [*_sums(session), *_booked(session)]


def _sums(session: Session) -> Iterator[str]:
    for row in session.execute(_ADDED_UP):
        for what, says, found in (
            ("costs", row.total_minor, row.amounts),
            ("has a tip of", row.tip_minor, row.tips),
            ("gave back", row.refunded_minor, row.back),
        ):
            if says != found:
                yield f"order {row.id} {what} {says}, its tenders say {found}"
        # What was given back of a card that was refused then was neither paid nor given back.
        if not row.paid <= row.paid_minor <= row.paid + row.never_paid:
            yield f"order {row.id} is paid {row.paid_minor}, its tenders paid {row.paid}"


def _booked(session: Session) -> Iterator[str]:
    booked = wallet.booked_for(session, purpose=PURPOSE)
    for tender_id, kind, state, amount_minor in session.execute(_TAKEN):
        due = amount_minor if state == PAID else 0
        found = booked.get(tender_id, 0)
        # A card's is booked when its provider has said that it was captured.
        if found != due and not (kind == CARD and found == 0):
            yield f"tender {tender_id} is {state} with {amount_minor}, the ledger booked {found}"
