"""HTTP of the promise: the customer's tap, a proposed window, the ledger."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...accounts.rules.grants import PLACE_ORDERS
from ...http import Document, guests_too
from .. import actions, errors, queries, schemas
from .context import MAKERS, NOT_TO_BE_HAD, acting, customer_id, order_answer, orders


@orders.post("/<uuid:order_id>/arrival")
@guests_too
@orders.arguments(schemas.ArriveSchema)
@orders.idempotent
@orders.response(200, schemas.OrderSchema, versioned=True)
@orders.refuses(errors.OrderEnded, *NOT_TO_BE_HAD)
@orders.delegable(PLACE_ORDERS)
def arrive(tap: dict[str, Any], order_id: UUID) -> Document:
    """Say that one is on the way or here; an order that waits for it is started"""
    return order_answer(
        actions.arrive(g.session, order_id=order_id, customer_id=customer_id(), acting=acting(), now=clock.now(), **tap)
    )


@orders.post("/<uuid:order_id>/promise-revisions/<int(min=1, max=9999):number>/acceptance")
@guests_too
@orders.idempotent
@orders.response(200, schemas.OrderSchema, versioned=True)
@orders.refuses(errors.RevisionClosed)
@orders.delegable(PLACE_ORDERS)
def accept_revision(order_id: UUID, number: int) -> Document:
    """Accept the window that the store proposes instead of the one it can't keep"""
    return order_answer(
        actions.accept_revision(
            g.session, order_id=order_id, customer_id=customer_id(), acting=acting(), number=number, now=clock.now()
        )
    )


@orders.get("/<uuid:order_id>/promises")
@guests_too
@orders.response(200, schemas.PromiseLedgerSchema)
def list_promises(order_id: UUID) -> Document:
    """List all that was promised for an order, and what became of it"""
    order = queries.customer_order(
        g.session,
        order_id=order_id,
        person_id=g.caller.person_id,
        store_ids=g.caller.staffed_store_ids,
        acting_store_ids=g.caller.store_ids_as(*MAKERS),
    )
    return Document({"data": queries.promise_ledger(g.session, order=order)})
