"""Who pays an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Order, OrderTender, Refund
from ..rules.basket import money
from ..rules.tenders import HELD, WALLET, Tender

_TENDERS: sa.Table = OrderTender.__table__  # type: ignore[assignment]
_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_COLUMNS = (
    "id",
    "number",
    "kind",
    "state",
    "amount_minor",
    "tip_minor",
    "refunded_minor",
    "tip_refunded_minor",
    "method_id",
    "payment_id",
)
_OF_ORDER = (
    sa.select(*(_TENDERS.c[name] for name in _COLUMNS))
    .where(_TENDERS.c.order_id == sa.bindparam("of_order"))
    .order_by(_TENDERS.c.number)
)
_HELD = (
    sa.select(sa.func.coalesce(sa.func.sum(_TENDERS.c.amount_minor + _TENDERS.c.tip_minor), 0))
    .join(_ORDERS, _ORDERS.c.id == _TENDERS.c.order_id)
    .where(_TENDERS.c.order_id == sa.bindparam("of_order"), _TENDERS.c.kind == WALLET, _TENDERS.c.state == HELD)
    .where(_ORDERS.c.currency == sa.bindparam("currency"))
)

_BLANK: sa.ColumnElement[str] = sa.literal_column("' '")
_NOBODY: sa.ColumnElement[str] = sa.literal_column("'-'")


def _text(column: sa.Column[Any]) -> sa.ColumnElement[str]:
    as_text = sa.cast(column, sa.Text)
    return sa.func.coalesce(as_text, _NOBODY) if column.nullable else as_text


def _joined(*columns: sa.Column[Any]) -> sa.ColumnElement[str]:
    text = _text(columns[0])
    for column in columns[1:]:
        text = text + _BLANK + _text(column)
    return text


def told_of(orders: sa.FromClause) -> sa.Label[str | None]:
    """Return the column `tenders` for a statement that reads orders from there: all tenders of each as one text, so
    that an order is one row; None where it is paid at pickup."""
    listed = (
        sa.select(_joined(*(_TENDERS.c[name] for name in _COLUMNS)).label("told"))
        .where(_TENDERS.c.order_id == orders.c.id)
        .order_by(_TENDERS.c.number)
        .correlate(orders)
        .subquery()
    )
    return sa.select(sa.func.aggregate_strings(listed.c.told, ",")).scalar_subquery().label("tenders")


TOLD = told_of(_ORDERS)


def read(told: str | None) -> list[Tender]:
    """Return the tenders that a text tells of."""
    return [_read(each.split(" ")) for each in told.split(",")] if told else []


def _read(told: list[str]) -> Tender:
    uuids = (UUID(text) if text != "-" else None for text in told[8:])
    return Tender(UUID(told[0]), int(told[1]), told[2], told[3], *map(int, told[4:8]), *uuids)  # type: ignore[arg-type]


def tenders_of(session: Session, order_id: UUID) -> list[Tender]:
    """Return an order's tenders, in their order; none where it is paid at pickup."""
    return [Tender(*row) for row in session.connection().execute(_OF_ORDER, {"of_order": order_id})]


def held_minor(session: Session, order_id: UUID, currency: str) -> int:
    """Return what an order holds of its customer's wallet in a currency."""
    return int(session.connection().execute(_HELD, {"of_order": order_id, "currency": currency}).scalar_one())


def tender_documents(tenders: Sequence[Tender], currency: str, source: Any) -> list[dict[str, Any]]:
    """Return tenders as they are shown; `source` says who named them."""
    return [
        {
            "number": tender.number,
            "kind": tender.kind,
            "method_id": tender.method_id,
            "payment_id": tender.payment_id,
            "state": tender.state,
            "amount": money(tender.amount_minor, currency),
            "tip": money(tender.tip_minor, currency),
            "refunded": money(tender.refunded_minor + tender.tip_refunded_minor, currency),
            "source": source,
        }
        for tender in tenders
    ]


def refund_document(refund: Refund, currency: str) -> dict[str, Any]:
    """Return a refund as it is shown: of the tip and of who got what nothing, where the till gave it back."""
    paid_back = {"tip": money(refund.tip_minor, currency), "tenders": refund.tenders}
    return {
        "id": refund.id,
        "amount": money(refund.amount_minor, currency),
        "tax": money(refund.tax_minor, currency),
        "reason": refund.reason,
        "lines": refund.lines,
        **(paid_back if refund.tenders is not None else {}),
        **({"rewards": refund.rewards} if refund.rewards is not None else {}),
        "created_at": refund.created_at,
    }
