"""Reading a quote to place it, with everything that placing must compare, in one statement."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import NotFound
from ...loyalty import queries as loyalty
from ...loyalty.rules.earning import Membership
from ...menu import queries as menu_queries
from ...menu.rules import Menu
from ...preferences import queries as preferences
from ...preferences.rules import Said
from ...stores import queries as store_queries
from ...stores.rules import StoreFacts
from ..models import Order, Quote, Turn

_THE_CALL = sa.select(
    sa.bindparam("quote_id", type_=sa.Uuid()).label("wanted_id"),
    sa.bindparam("customer_id", type_=sa.Uuid()).label("caller_id"),
    sa.bindparam("client_order_id", type_=sa.Text()).label("client_order_id"),
    sa.bindparam("grant_id", type_=sa.Uuid()).label("acting_under"),
).subquery("the_call")
_QUOTES: sa.Table = Quote.__table__  # type: ignore[assignment]
_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_PLACED = _ORDERS.alias("placed")
_USED = sa.or_(_QUOTES.c.used_at.is_not(None), sa.exists().where(_ORDERS.c.quote_id == _QUOTES.c.id))

_STORE_ID: sa.BindParameter[UUID] = sa.bindparam("store_id", type_=sa.Uuid())
_CUSTOMER_ID: sa.BindParameter[UUID] = sa.bindparam("customer_id", type_=sa.Uuid())
_VERSIONS = sa.select(
    store_queries.version_of(_STORE_ID),
    menu_queries.version_of(_STORE_ID),
    preferences.revision_of(_CUSTOMER_ID),
    loyalty.newest_version_for(_CUSTOMER_ID),
    loyalty.promotions_of(_CUSTOMER_ID),
)

_QUOTE_TO_PLACE = (
    sa.select(
        *_QUOTES.c,
        _PLACED.c.id.label("placed_order_id"),
        _PLACED.c.quote_id.label("placed_quote_id"),
        _PLACED.c.customer_id.label("placed_customer_id"),
        _USED.label("used"),
        menu_queries.version_of(_QUOTES.c.store_id).label("menu_version_now"),
        store_queries.version_of(_QUOTES.c.store_id).label("store_version_now"),
        preferences.revision_of(_QUOTES.c.customer_id).label("said_revision_now"),
        # First, as for every change of an order: before time, stars and money are locked.
        Turn(_THE_CALL.c.caller_id).label("turn"),
    )
    .select_from(_THE_CALL)
    .outerjoin(
        _QUOTES,
        sa.and_(
            _QUOTES.c.id == _THE_CALL.c.wanted_id,
            _QUOTES.c.customer_id == _THE_CALL.c.caller_id,
            _QUOTES.c.grant_id.is_not_distinct_from(_THE_CALL.c.acting_under),
        ),
    )
    .outerjoin(
        _PLACED,
        sa.and_(
            _PLACED.c.customer_id == _THE_CALL.c.caller_id, _PLACED.c.client_order_id == _THE_CALL.c.client_order_id
        ),
    )
)


def quote_to_place(
    session: Session, *, quote_id: UUID, customer_id: UUID, client_order_id: str | None, grant_id: UUID | None
) -> Any:
    """Return one row: the customer's quote, made under the grant or (None) by themselves (its columns None where there
    is none), the order that the `client_order_id` already names, whether the quote was used, and the versions of menu,
    store and preferences now. Takes the customer's turn."""
    return (
        session.connection()
        .execute(
            _QUOTE_TO_PLACE,
            {
                "quote_id": quote_id,
                "customer_id": customer_id,
                "client_order_id": client_order_id,
                "grant_id": grant_id,
            },
        )
        .one()
    )


def as_they_stand(
    session: Session, *, store_id: UUID, customer_id: UUID
) -> tuple[StoreFacts, Menu, Said, Membership | None]:
    """Return a store, its menu, what the customer says, and their membership (None: they have none), by one cheap
    statement. Raises NotFound."""
    versions = session.connection().execute(_VERSIONS, {"store_id": store_id, "customer_id": customer_id}).one()
    if versions[0] is None:
        raise NotFound("store")
    store = store_queries.store_facts_at(session, store_id, versions[0])
    menu = menu_queries.menu_at(session, store, versions[1])
    said = preferences.said_at(session, customer_id=customer_id, revision=versions[2])
    return store, menu, said, loyalty.membership(session, newest=versions[3], promotions=versions[4])
