"""HTTP of an order: placing, showing and following it."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from babel import Locale
from flask import Response, after_this_request, g, make_response, render_template, request

from ... import clock
from ...accounts import queries as account_queries
from ...accounts.rules.grants import PICK_UP_ORDERS, PLACE_ORDERS, Acting
from ...errors import NotFound
from ...http import Document, guests_too
from ...http.audiences import ROLES
from ...http.live import Access, follow
from ...wallet.errors import InsufficientBalance
from .. import actions, errors, queries, schemas
from ..live import ORDER, PICKUP
from ..rules import wording
from .context import (
    MAKERS,
    NOT_TO_BE_HAD,
    NOT_UNDER_THE_GRANT,
    REWARDS_OVER,
    acting,
    customer_id,
    grant_id,
    order_answer,
    order_version,
    orders,
    paid_answer,
    quote_seconds,
)


@orders.post("")
@guests_too
@orders.arguments(schemas.PlaceOrderSchema)
@orders.idempotent
@orders.response(201, schemas.OrderSchema, versioned=True)
@orders.refuses(
    NotFound,
    errors.QuoteExpired,
    errors.QuoteOutdated,
    errors.QuoteUsed,
    errors.ClientOrderIdTaken,
    errors.YesNeeded,
    InsufficientBalance,
    *NOT_TO_BE_HAD,
    *REWARDS_OVER,
    *NOT_UNDER_THE_GRANT,
)
@orders.delegable(PLACE_ORDERS)
def place_order(order: dict[str, Any]) -> Document:
    """Place a quote as an order"""
    return paid_answer(
        actions.place_order(
            g.session,
            customer_id=customer_id(),
            acting=acting(),
            quote_seconds=quote_seconds(),
            now=clock.now(),
            **order,
        )
    )


@orders.get("/<uuid:order_id>")
@guests_too
@orders.response(200, schemas.OrderSchema, versioned=True)
@orders.delegable(PLACE_ORDERS)
def show_order(order_id: UUID) -> Document:
    """Show an order to its customer or its store's staff"""
    if acting() is not None:  # whatever else they are: for its giver, and nothing of their own
        return order_answer(
            queries.order_of_customer(g.session, order_id=order_id, customer_id=customer_id(), grant_id=grant_id())
        )
    return order_answer(
        queries.customer_order(
            g.session,
            order_id=order_id,
            person_id=g.caller.person_id,
            store_ids=g.caller.staffed_store_ids,
            acting_store_ids=g.caller.store_ids_as(*MAKERS),
        )
    )


@orders.get("/<uuid:order_id>/receipt")
@guests_too
@orders.response(200, schemas.ReceiptSchema, versioned=True)
@orders.alt_response(200, content_type="text/html", schema={"type": "string"}, success=True)
def show_receipt(order_id: UUID) -> Document | Response:
    """Show an order's receipt, as JSON or (Accept: text/html) as a page in the reader's language"""
    receipt = queries.receipt(
        g.session,
        order_id=order_id,
        person_id=g.caller.person_id,
        store_ids=g.caller.staffed_store_ids,
        acting_store_ids=g.caller.store_ids_as(*MAKERS),
    )
    after_this_request(_varies_by_accept)
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        contact = account_queries.contact(g.session, person_id=g.caller.person_id)
        return _receipt_page(receipt, wording.locale_of(contact.language if contact else None))
    return Document(receipt, version=order_version(receipt["order"]))


def _varies_by_accept(answer: Response) -> Response:
    answer.vary.add("Accept")
    return answer


def _receipt_page(receipt: dict[str, Any], locale: Locale) -> Response:
    page = render_template(
        "receipt.html",
        **receipt,
        language=str(locale).replace("_", "-"),
        money=partial(wording.money_text, locale=locale),
        rate=partial(wording.rate_text, locale=locale),
        instant=partial(wording.instant_text, timezone=receipt["order"]["store"]["timezone"], locale=locale),
    )
    return make_response(page)


@orders.get("/<uuid:order_id>/events")
@guests_too
@orders.live
@orders.delegable(PLACE_ORDERS, PICK_UP_ORDERS)
def follow_order(order_id: UUID) -> Response:
    """Follow an order live, as server-sent events"""
    under = acting()
    if under is not None:
        return _follow_for_another(order_id, under)
    order = queries.order_to_follow(
        g.session, order_id=order_id, person_id=g.caller.person_id, store_ids=g.caller.staffed_store_ids
    )
    access = Access(owner_id=order.customer_id, store_id=order.store_id, roles=ROLES)
    return follow(ORDER, order_id, access=access, ends=order.ended_at is not None)


def _follow_for_another(order_id: UUID, under: Acting) -> Response:
    may_see_all, ended_at = queries.order_to_follow_under(
        g.session, order_id=order_id, giver_id=under.giver_id, grant_id=under.grant_id, scopes=under.scopes
    )
    access = Access(grant_id=under.grant_id, holder_id=under.person_id)
    return follow(ORDER if may_see_all else PICKUP, order_id, access=access, ends=ended_at is not None)
