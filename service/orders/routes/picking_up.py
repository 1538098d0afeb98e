"""HTTP of picking up: one's own open orders, or under a grant those of its giver."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...accounts.rules.grants import PICK_UP_ORDERS
from ...http import Blueprint, Document, Page, PageQuery, guests_too, page_schema
from ...http.pages import decode_cursor
from .. import actions, errors, queries, schemas
from .context import NOT_TO_BE_HAD, acting, customer_id

pickups = Blueprint("pickups", __name__, url_prefix="/v1/me/pickups", description="Open orders to pick up.")


@pickups.get("")
@guests_too
@pickups.arguments(PageQuery, location="query")
@pickups.response(200, page_schema(schemas.PickupSchema))
@pickups.delegable(PICK_UP_ORDERS)
def list_pickups(page: dict[str, Any]) -> Document:
    """List the open orders to pick up, the newest first"""
    before = decode_cursor(page["cursor"], UUID)
    found = queries.orders_to_pick_up(
        g.session, customer_id=customer_id(), before_id=before[0] if before else None, limit=page["limit"]
    )
    shown = Page.of(found, page["limit"], lambda order: [order["id"]])
    return Document({"data": shown.data, "next_cursor": shown.next_cursor})


@pickups.get("/<uuid:order_id>")
@guests_too
@pickups.response(200, schemas.PickupSchema, versioned=True)
@pickups.delegable(PICK_UP_ORDERS)
def show_pickup(order_id: UUID) -> Document:
    """Show an open order to pick up"""
    return _pickup(queries.order_to_pick_up(g.session, order_id=order_id, customer_id=customer_id()))


def _pickup(order: dict[str, Any]) -> Document:
    return Document(order, version=order["version"])


@pickups.post("/<uuid:order_id>/arrival")
@guests_too
@pickups.arguments(schemas.ArriveSchema)
@pickups.idempotent
@pickups.response(200, schemas.PickupSchema, versioned=True)
@pickups.refuses(errors.OrderEnded, *NOT_TO_BE_HAD)
@pickups.delegable(PICK_UP_ORDERS)
def arrive_to_pick_up(tap: dict[str, Any], order_id: UUID) -> Document:
    """Say that one is on the way or here to pick an order up; an order that waits for it is started"""
    return _pickup(
        actions.arrive_to_pick_up(
            g.session,
            order_id=order_id,
            customer_id=customer_id(),
            acting=acting(),
            now=clock.now(),
            **tap,
        )
    )
