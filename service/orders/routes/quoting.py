"""HTTP of quotes, and of the windows that can be promised."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ... import clock
from ...accounts.rules.grants import PLACE_ORDERS
from ...errors import Invalid, NotFound
from ...http import Blueprint, Document, guests_too, public
from ...stores import queries as store_queries
from ...wallet.errors import InsufficientBalance
from .. import actions, errors, queries, schemas
from ..rules.promise import Work
from .context import NOT_TO_BE_HAD, REWARDS_OVER, acting, as_seen, customer_id, quote_seconds

quotes = Blueprint("quotes", __name__, url_prefix="/v1/quotes", description="A basket priced and promised.")
pickup_times = Blueprint("pickup-times", __name__, url_prefix="/v1/stores", description="When it can be ready.")


@quotes.post("")
@guests_too
@quotes.arguments(schemas.MakeQuoteSchema)
@quotes.response(201, schemas.QuoteSchema)
@quotes.refuses(NotFound, errors.OtherCurrency, InsufficientBalance, *NOT_TO_BE_HAD, *REWARDS_OVER)
@quotes.delegable(PLACE_ORDERS)
def make_quote(basket: dict[str, Any]) -> Document:
    """Price and promise a basket"""
    quote = actions.make_quote(
        g.session,
        customer_id=customer_id(),
        acting=acting(),
        quote_seconds=quote_seconds(),
        now=clock.now(),
        **basket,
    )
    return Document(as_seen(quote))


@pickup_times.get("/<uuid:store_id>/pickup-times")
@public
@pickup_times.arguments(schemas.PickupTimesQuery, location="query")
@pickup_times.response(200, schemas.PickupTimesSchema)
def list_pickup_times(wanted: dict[str, Any], store_id: UUID) -> Document:
    """List the windows a store can promise"""
    now = clock.now()
    store = store_queries.store_facts(g.session, store_id)
    work = Work({}, {})
    if wanted["quote_id"] is not None:
        if g.caller is None:
            raise Invalid({"quote_id": ["Sign in to ask for your quote's windows."]})
        work = queries.work_of_quote(g.session, quote_id=wanted["quote_id"], customer_id=g.caller.person_id)
    windows = queries.pickup_windows(
        g.session,
        store,
        work=work,
        from_at=wanted["from_at"] or now,
        hours=wanted["hours"],
        now=now,
    )
    return Document({"store_id": store.id, "timezone": store.timezone, "data": windows})
