"""HTTP of orders: parse, call one action or query, answer."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from babel import Locale
from flask import Response, after_this_request, current_app, g, make_response, render_template, request
from sqlalchemy.orm import Session

from .. import clock
from ..accounts import queries as account_queries
from ..config import Settings
from ..errors import Invalid, NotFound, Unauthenticated
from ..http import Blueprint, Document, Page, PageQuery, guests_too, page_schema, public, staff_only
from ..http.audiences import still_calling
from ..http.live import event_stream
from ..http.pages import cursor_number, decode_cursor
from ..menu.errors import InvalidChoice, NotAvailableNow, SoldOut
from ..stores import queries as store_queries
from ..stores.errors import PickupTooSoon, StoreClosed, StorePaused
from . import actions, errors, queries, schemas
from .rules import wording
from .rules.promise import Work
from .rules.states import State, next_actions

quotes = Blueprint("quotes", __name__, url_prefix="/v1/quotes", description="A basket priced and promised.")
orders = Blueprint(
    "orders",
    __name__,
    url_prefix="/v1/orders",
    template_folder="templates",
    description="Orders, from placing to pickup.",
)
my_orders = Blueprint("my-orders", __name__, url_prefix="/v1/me/orders", description="One's own orders.")
pickup_times = Blueprint("pickup-times", __name__, url_prefix="/v1/stores", description="When it can be ready.")
blueprints = [quotes, orders, my_orders, pickup_times]

_MAKERS = ("barista", "manager")
"""Who may move and refund a store's orders; the rest of its staff may look."""

_NOT_TO_BE_HAD = (
    InvalidChoice,
    SoldOut,
    NotAvailableNow,
    StoreClosed,
    StorePaused,
    PickupTooSoon,
    errors.WindowFull,
    errors.NoWindow,
    errors.CannotBeMadeHere,
)


def _quote_seconds() -> int:
    settings: Settings = current_app.extensions["sayso.settings"]
    return settings.quote_seconds


def _order(document: dict[str, Any]) -> Document:
    return Document(document, version=_version(document))


def _version(order: dict[str, Any]) -> str:
    """What the ETag says: the order's version, and the caller's actions where they aren't the customer's own."""
    actions = order["next_actions"]
    is_customers = actions == next_actions("customer", State(order["state"]))
    return str(order["version"]) if is_customers else "-".join([str(order["version"]), *actions])


@quotes.post("")
@guests_too
@quotes.arguments(schemas.MakeQuoteSchema)
@quotes.response(201, schemas.QuoteSchema)
@quotes.refuses(NotFound, *_NOT_TO_BE_HAD)
def make_quote(basket: dict[str, Any]) -> Document:
    """Price and promise a basket"""
    return Document(
        actions.make_quote(
            g.session,
            customer_id=g.caller.person_id,
            quote_seconds=_quote_seconds(),
            now=clock.now(),
            **basket,
        )
    )


@orders.post("")
@guests_too
@orders.arguments(schemas.PlaceOrderSchema)
@orders.idempotent
@orders.response(201, schemas.OrderSchema, versioned=True)
@orders.refuses(
    NotFound, errors.QuoteExpired, errors.QuoteOutdated, errors.QuoteUsed, errors.ClientOrderIdTaken, *_NOT_TO_BE_HAD
)
def place_order(order: dict[str, Any]) -> Document:
    """Place a quote as an order"""
    return _order(
        actions.place_order(
            g.session,
            customer_id=g.caller.person_id,
            quote_seconds=_quote_seconds(),
            now=clock.now(),
            **order,
        )
    )


@orders.get("/<uuid:order_id>")
@guests_too
@orders.response(200, schemas.OrderSchema, versioned=True)
def show_order(order_id: UUID) -> Document:
    """Show an order to its customer or its store's staff"""
    return _order(
        queries.customer_order(
            g.session,
            order_id=order_id,
            person_id=g.caller.person_id,
            store_ids=g.caller.staffed_store_ids,
            acting_store_ids=g.caller.store_ids_as(*_MAKERS),
        )
    )


@orders.get("/<uuid:order_id>/receipt")
@guests_too
@orders.response(200, schemas.ReceiptSchema, versioned=True)
@orders.alt_response(200, content_type="text/html", schema={"type": "string"}, success=True)
def show_receipt(order_id: UUID) -> Document | Response:
    """Show an order's receipt, as JSON or (Accept: text/html) as a page in the reader's language"""
    order = queries.customer_order(
        g.session,
        order_id=order_id,
        person_id=g.caller.person_id,
        store_ids=g.caller.staffed_store_ids,
        acting_store_ids=g.caller.store_ids_as(*_MAKERS),
    )
    receipt = queries.receipt(g.session, order=order)
    after_this_request(_varies_by_accept)
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        contact = account_queries.contact(g.session, person_id=g.caller.person_id)
        return _receipt_page(receipt, wording.locale_of(contact.language if contact else None))
    return Document(receipt, version=_version(order))


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


@orders.post("/<uuid:order_id>/changes")
@guests_too
@orders.arguments(schemas.ChangeOrderSchema)
@orders.idempotent
@orders.response(200, schemas.OrderSchema, versioned=True)
@orders.refuses(errors.AlreadyFired, errors.QuoteExpired, errors.QuoteOutdated, errors.QuoteUsed, *_NOT_TO_BE_HAD)
def change_order(change: dict[str, Any], order_id: UUID) -> Document:
    """Change an order that is not started, to another quote"""
    return _order(
        actions.change_order(
            g.session,
            order_id=order_id,
            customer_id=g.caller.person_id,
            quote_seconds=_quote_seconds(),
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
    return _order(
        actions.cancel_order(
            g.session, order_id=order_id, customer_id=g.caller.person_id, now=clock.now(), **cancellation
        )
    )


@orders.post("/<uuid:order_id>/transitions")
@staff_only(*_MAKERS)
@orders.arguments(schemas.MoveOrderSchema)
@orders.idempotent
@orders.response(200, schemas.OrderSchema, versioned=True)
@orders.refuses(errors.TransitionRefused)
def move_order(move: dict[str, Any], order_id: UUID) -> Document:
    """Move an order to its next state"""
    return _order(
        actions.move_order(
            g.session,
            order_id=order_id,
            store_ids=g.caller.store_ids_as(*_MAKERS),
            actor_id=g.caller.person_id,
            now=clock.now(),
            **move,
        )
    )


@orders.post("/<uuid:order_id>/refunds")
@staff_only(*_MAKERS)
@orders.arguments(schemas.RefundOrderSchema)
@orders.idempotent
@orders.response(201, schemas.RefundSchema)
@orders.refuses(errors.NothingToRefund)
def refund_order(refund: dict[str, Any], order_id: UUID) -> Document:
    """Give money back for an order"""
    return Document(
        actions.refund_order(
            g.session,
            order_id=order_id,
            store_ids=g.caller.store_ids_as(*_MAKERS),
            actor_id=g.caller.person_id,
            now=clock.now(),
            **refund,
        )
    )


@orders.get("/<uuid:order_id>/events")
@guests_too
@orders.live
def follow_order(order_id: UUID) -> Response:
    """Follow an order live, as server-sent events"""
    order = queries.customer_order(
        g.session,
        order_id=order_id,
        person_id=g.caller.person_id,
        store_ids=g.caller.staffed_store_ids,
        acting_store_ids=g.caller.store_ids_as(*_MAKERS),
    )
    return event_stream(
        order_id,
        ends=order["ended_at"] is not None,
        last_event_id=request.headers.get("Last-Event-ID"),
        may_follow=partial(_may_still_follow, order_id=order_id),
    )


def _may_still_follow(session: Session, order_id: UUID) -> bool:
    # A stream lasts for minutes; a sign-out, a lost role or the order's move to another store ends it within a second.
    try:
        caller = still_calling()
    except Unauthenticated:
        return False
    return caller is not None and queries.is_visible(
        session, order_id=order_id, person_id=caller.person_id, store_ids=caller.staffed_store_ids
    )


@my_orders.get("")
@guests_too
@my_orders.arguments(PageQuery, location="query")
@my_orders.response(200, page_schema(schemas.OrderSchema))
def list_my_orders(page: dict[str, Any]) -> Document:
    """List one's own orders, the newest first"""
    before = decode_cursor(page["cursor"], UUID)
    found = queries.customer_orders(
        g.session, customer_id=g.caller.person_id, before_id=before[0] if before else None, limit=page["limit"]
    )
    return _page(Page.of(found, page["limit"], lambda order: [order["id"]]))


def _page(page: Page[dict[str, Any]]) -> Document:
    # As it stands: a schema can't look into lines that are JSON already.
    return Document({"data": page.data, "next_cursor": page.next_cursor})


@my_orders.get("/changes")
@guests_too
@my_orders.arguments(schemas.ChangesQuery, location="query")
@my_orders.response(200, page_schema(schemas.ChangedOrderSchema))
def list_order_changes(page: dict[str, Any]) -> Document:
    """List one's own orders that changed since a cursor"""
    (since,) = decode_cursor(page["cursor"], cursor_number) or (0,)
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
def find_my_order(client_order_id: str) -> Document:
    """Find the order whose answer was lost, by the app's own id"""
    return _order(
        queries.order_by_client_id(g.session, customer_id=g.caller.person_id, client_order_id=client_order_id)
    )


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
