"""HTTP of what a customer may still do with a placed order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...http import Document, guests_too
from .. import actions, errors, schemas
from .context import NOT_TO_BE_HAD, order_answer, orders, quote_seconds


@orders.post("/<uuid:order_id>/changes")
@guests_too
@orders.arguments(schemas.ChangeOrderSchema)
@orders.idempotent
@orders.response(200, schemas.OrderSchema, versioned=True)
@orders.refuses(errors.AlreadyFired, errors.QuoteExpired, errors.QuoteOutdated, errors.QuoteUsed, *NOT_TO_BE_HAD)
def change_order(change: dict[str, Any], order_id: UUID) -> Document:
    """Change an order that is not started, to another quote"""
    return order_answer(
        actions.change_order(
            g.session,
            order_id=order_id,
            customer_id=g.caller.person_id,
            quote_seconds=quote_seconds(),
            now=clock.now(),
            **change,
        )
    )


@orders.post("/<uuid:order_id>/cancellation")
@guests_too
@orders.arguments(schemas.CancelOrderSchema)
@orders.idempotent
@orders.response(200, schemas.OrderSchema, versioned=True)
@orders.refuses(errors.AlreadyFired)
def cancel_order(cancellation: dict[str, Any], order_id: UUID) -> Document:
    """Cancel an order that is not started"""
    return order_answer(
        actions.cancel_order(
            g.session, order_id=order_id, customer_id=g.caller.person_id, now=clock.now(), **cancellation
        )
    )
