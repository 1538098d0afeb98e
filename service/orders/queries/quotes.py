"""Reading a quote to place it, with everything that placing must compare, in one statement."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from ...menu import queries as menu_queries
from ...stores import queries as store_queries
from ..models import Order, Quote

_THE_CALL = sa.select(
    sa.bindparam("quote_id", type_=sa.Uuid()).label("wanted_id"),
    sa.bindparam("customer_id", type_=sa.Uuid()).label("caller_id"),
    sa.bindparam("client_order_id", type_=sa.Text()).label("client_order_id"),
).subquery("the_call")
_QUOTES: sa.Table = Quote.__table__  # type: ignore[assignment]
_Placed = aliased(Order, name="placed")
_USED = sa.exists().where(Order.quote_id == Quote.id)

_QUOTE_TO_PLACE = (
    sa.select(
        *_QUOTES.c,
        _Placed.id.label("placed_order_id"),
        _Placed.quote_id.label("placed_quote_id"),
        _Placed.customer_id.label("placed_customer_id"),
        _USED.label("used"),
        menu_queries.version_of(_QUOTES.c.store_id).label("menu_version_now"),
        store_queries.version_of(_QUOTES.c.store_id).label("store_version_now"),
    )
    .select_from(_THE_CALL)
    .outerjoin(Quote, sa.and_(Quote.id == _THE_CALL.c.wanted_id, Quote.customer_id == _THE_CALL.c.caller_id))
    .outerjoin(
        _Placed,
        sa.and_(_Placed.customer_id == _THE_CALL.c.caller_id, _Placed.client_order_id == _THE_CALL.c.client_order_id),
    )
)


def quote_to_place(session: Session, *, quote_id: UUID, customer_id: UUID, client_order_id: str | None) -> Any:
    """Return one row: the customer's quote (its columns None where there is none), the order that the
    `client_order_id` already names, whether the quote was used, and the versions of menu and store now."""
    return session.execute(
        _QUOTE_TO_PLACE,
        {"quote_id": quote_id, "customer_id": customer_id, "client_order_id": client_order_id},
    ).one()
