"""HTTP of asking for something once more."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...errors import NotFound
from ...http import Blueprint, Document, guests_too
from ...wallet.errors import InsufficientBalance
from .. import actions, schemas
from ..errors import NothingLeft
from .context import NOT_TO_BE_HAD, orders, quote_seconds

usual_quotes = Blueprint(
    "usual-quotes", __name__, url_prefix="/v1/me/usuals", description="A usual priced and promised."
)


@usual_quotes.post("/<uuid:usual_id>/quote")
@guests_too
@usual_quotes.arguments(schemas.QuoteAgainSchema)
@usual_quotes.response(201, schemas.QuoteAgainAnswerSchema)
@usual_quotes.refuses(NotFound, NothingLeft, InsufficientBalance, *NOT_TO_BE_HAD)
def quote_usual(wanted: dict[str, Any], usual_id: UUID) -> Document:
    """Price and promise a usual, and tell how it differs from when it was saved"""
    return Document(
        actions.quote_usual(
            g.session,
            customer_id=g.caller.person_id,
            usual_id=usual_id,
            quote_seconds=quote_seconds(),
            now=clock.now(),
            **wanted,
        )
    )


@orders.post("/<uuid:order_id>/reorder-quote")
@guests_too
@orders.arguments(schemas.QuoteAgainSchema)
@orders.response(201, schemas.QuoteAgainAnswerSchema)
@orders.refuses(NotFound, NothingLeft, InsufficientBalance, *NOT_TO_BE_HAD)
def quote_order_again(wanted: dict[str, Any], order_id: UUID) -> Document:
    """Price and promise an own order once more, and tell how it differs"""
    return Document(
        actions.quote_order_again(
            g.session,
            customer_id=g.caller.person_id,
            order_id=order_id,
            quote_seconds=quote_seconds(),
            now=clock.now(),
            **wanted,
        )
    )
