"""HTTP of what a customer may still do with a placed order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...accounts.rules.grants import PLACE_ORDERS
from ...http import Document, guests_too
from ...menu.errors import InvalidChoice, NotAvailableNow, SoldOut
from ...preferences.errors import Avoided, CeilingExceeded
from ...wallet.errors import InsufficientBalance
from .. import actions, errors, schemas
from ..errors import AlreadyMade, AskClosed, NothingToRemake, OfferGone
from .context import (
    NOT_TO_BE_HAD,
    NOT_UNDER_THE_GRANT,
    REWARDS_OVER,
    acting,
    changed_answer,
    customer_id,
    order_answer,
    orders,
    quote_seconds,
)


@orders.post("/<uuid:order_id>/changes")
@guests_too
@orders.arguments(schemas.ChangeOrderSchema)
@orders.idempotent
@orders.response(200, schemas.OrderSchema, versioned=True)
@orders.refuses(
    errors.AlreadyFired,
    errors.QuoteExpired,
    errors.QuoteOutdated,
    errors.QuoteUsed,
    errors.YesNeeded,
    errors.CardRefused,
    InsufficientBalance,
    *NOT_TO_BE_HAD,
    *REWARDS_OVER,
    *NOT_UNDER_THE_GRANT,
)
@orders.delegable(PLACE_ORDERS)
def change_order(change: dict[str, Any], order_id: UUID) -> Document:
    """Change an order that is not started, to another quote"""
    return changed_answer(
        actions.change_order(
            g.session,
            order_id=order_id,
            customer_id=customer_id(),
            acting=acting(),
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
@orders.delegable(PLACE_ORDERS)
def cancel_order(cancellation: dict[str, Any], order_id: UUID) -> Document:
    """Cancel an order that is not started"""
    return order_answer(
        actions.cancel_order(
            g.session, order_id=order_id, customer_id=customer_id(), acting=acting(), now=clock.now(), **cancellation
        )
    )


@orders.post("/<uuid:order_id>/asks/<int(min=1, max=9999):number>/answer")
@guests_too
@orders.arguments(schemas.AnswerAskSchema)
@orders.idempotent
@orders.response(200, schemas.OrderSchema, versioned=True)
@orders.refuses(
    AskClosed,
    AlreadyMade,
    OfferGone,
    Avoided,
    CeilingExceeded,
    InvalidChoice,
    SoldOut,
    NotAvailableNow,
    *NOT_UNDER_THE_GRANT,
)
@orders.delegable(PLACE_ORDERS)
def answer_ask(answer: dict[str, Any], order_id: UUID, number: int) -> Document:
    """Answer what to do about a line that can't be made"""
    return order_answer(
        actions.answer_ask(
            g.session,
            order_id=order_id,
            customer_id=customer_id(),
            acting=acting(),
            number=number,
            now=clock.now(),
            **answer,
        )
    )


@orders.post("/<uuid:order_id>/remake")
@guests_too
@orders.idempotent
@orders.response(200, schemas.OrderSchema, versioned=True)
@orders.refuses(NothingToRemake, Avoided, *NOT_UNDER_THE_GRANT)
@orders.delegable(PLACE_ORDERS)
def remake_order(order_id: UUID) -> Document:
    """Have an order that was not collected made once more, now that you are there"""
    return order_answer(
        actions.remake_order(g.session, order_id=order_id, customer_id=customer_id(), acting=acting(), now=clock.now())
    )
