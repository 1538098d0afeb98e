"""HTTP of one's own orders."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ...accounts.rules.grants import PLACE_ORDERS
from ...http import Blueprint, ChangesQuery, Document, Page, PageQuery, guests_too, page_schema
from ...http.pages import cursor_number, decode_cursor
from .. import queries, schemas
from .context import as_seen, customer_id, grant_id, order_answer

my_orders = Blueprint("my-orders", __name__, url_prefix="/v1/me/orders", description="One's own orders.")


@my_orders.get("")
@guests_too
@my_orders.arguments(PageQuery, location="query")
@my_orders.response(200, page_schema(schemas.OrderSchema))
@my_orders.delegable(PLACE_ORDERS)
def list_my_orders(page: dict[str, Any]) -> Document:
    """List one's own orders, the newest first"""
    before = decode_cursor(page["cursor"], UUID)
    found = queries.customer_orders(
        g.session,
        customer_id=customer_id(),
        grant_id=grant_id(),
        before_id=before[0] if before else None,
        limit=page["limit"],
    )
    return _page(Page.of([as_seen(order) for order in found], page["limit"], lambda order: [order["id"]]))


def _page(page: Page[dict[str, Any]]) -> Document:
    # As it stands: a schema can't look into lines that are JSON already.
    return Document({"data": page.data, "next_cursor": page.next_cursor})


@my_orders.get("/changes")
@guests_too
@my_orders.arguments(ChangesQuery, location="query")
@my_orders.response(200, schemas.OrderChangesSchema)
def list_order_changes(page: dict[str, Any]) -> Document:
    """List one's own orders that changed or were forgotten since a cursor"""
    (since,) = decode_cursor(page["cursor"], cursor_number, called="since") or (0,)
    found = queries.order_changes(
        g.session,
        customer_id=g.caller.person_id,
        since=since,
        limit=page["limit"],
    )
    shown = Page.since(found, page["limit"], lambda change: [change[0]], page["cursor"])
    return _page(Page([order for _, order in shown.data], shown.next_cursor))


@my_orders.get("/by-client-id/<string:client_order_id>")
@guests_too
@my_orders.response(200, schemas.OrderSchema, versioned=True)
@my_orders.delegable(PLACE_ORDERS)
def find_my_order(client_order_id: str) -> Document:
    """Find the order whose answer was lost, by the app's own id"""
    return order_answer(
        queries.order_by_client_id(
            g.session,
            customer_id=customer_id(),
            client_order_id=client_order_id,
            grant_id=grant_id(),
        )
    )
