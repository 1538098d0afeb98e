"""Making a quote: a basket resolved, priced and promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...accounts.rules.grants import Acting
from ...db import new_id, send_with_commit
from ...errors import Invalid
from ...menu import queries as menu_queries
from ...menu.rules import Menu
from ...stores.rules import StoreFacts
from .. import queries
from ..models import Quote
from ..rules import basket as rules
from ..rules import firing, promise
from ..rules.aftermath import IF_NOT_COLLECTED
from ..rules.alias import check_alias
from ..rules.promise import Promise
from ..rules.substitution import policies
from . import planning
from .delegated import grant_of, require_currency
from .substitutes import check_substitutes

_INSERT = sa.insert(Quote.__table__)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a quote will say, before it is kept."""

    document: dict[str, Any]
    priced: rules.Priced
    promise: Promise
    make_seconds_ahead: int


def make_quote(
    session: Session,
    *,
    customer_id: UUID,
    store_id: UUID,
    lines: list[dict[str, Any]],
    pickup: dict[str, Any],
    replaces_order_id: UUID | None,
    quote_seconds: int,
    now: datetime,
    fire: dict[str, Any] | None = None,
    remedy: str | None = None,
    if_unavailable: dict[str, Any] | None = None,
    acting: Acting | None = None,
) -> dict[str, Any]:
    """Resolve, price and promise a basket, and keep it for a few minutes so that it can be placed as shown.

    `fire` is the customer's choice of when to start; an order that waits for a tap is promised no window before it.
    `remedy` is what they choose for a missed promise.
    `replaces_order_id` names an own order that the quote is to change: the time it holds counts as free.
    `if_unavailable` holds for every line without one of its own.
    Under a grant (`acting`) the store must take its currency, and an order to be changed be one placed under it.
    Raises NotFound, Invalid, SoldOut, StoreClosed, StorePaused, WindowFull, NoWindow, CannotBeMadeHere, OtherCurrency.
    """
    grant_id = grant_of(acting)
    if replaces_order_id is not None:
        queries.order_of_customer(session, order_id=replaces_order_id, customer_id=customer_id, grant_id=grant_id)
    store, menu = store_and_menu(session, store_id, replaces_order_id)
    if acting is not None:
        require_currency(acting, store.currency)
    basket = {
        "pickup": pickup,
        "lines": lines,
        "if_unavailable": if_unavailable,
        "fire": fire,
        "remedy": remedy,
    }
    check_substitutes(store, menu, basket, now=now)
    made = draft(session, store, menu, basket, replaces_order_id=replaces_order_id, now=now)
    return keep(
        session,
        made,
        store,
        menu,
        basket,
        customer_id=customer_id,
        replaces_order_id=replaces_order_id,
        grant_id=grant_id,
        quote_seconds=quote_seconds,
        now=now,
    )


def store_and_menu(session: Session, store_id: UUID, replaces_order_id: UUID | None) -> tuple[StoreFacts, Menu]:
    """Return a store and its menu; the counted items that the order to be replaced holds there are not out of stock.

    Raises NotFound.
    """
    store, menu = menu_queries.store_and_menu(session, store_id)
    if replaces_order_id is not None:
        menu = menu.for_holder_of(queries.held_items(session, order_id=replaces_order_id, store_id=store_id))
    return store, menu


def draft(
    session: Session,
    store: StoreFacts,
    menu: Menu,
    basket: Mapping[str, Any],
    *,
    replaces_order_id: UUID | None,
    now: datetime,
) -> Draft:
    """Work out what a quote for the basket says now. Raises as `make_quote`."""
    wanted_at: datetime | None = basket["pickup"].get("at")
    method, method_source = _pickup_method(store, basket["pickup"].get("method"))
    alias = check_alias(basket["pickup"].get("alias"))
    lines = rules.resolve(
        menu,
        rules.line_requests(basket["lines"]),
        at=wanted_at or now,
        timezone=store.timezone,
        country=store.country,
    )
    priced = rules.price(lines, store)
    fire = _fire(basket.get("fire"), wanted_at)
    work = priced.work()
    kept, claimed = planning.promised(
        session, store, work, wanted_at=wanted_at, but_of_order=replaces_order_id, now=now
    )
    latest_at = planning.latest_start(store, work, now) if fire.is_held else None
    shown = {
        "store": {"id": str(store.id), "name": store.name, "timezone": store.timezone},
        "currency": store.currency,
        "pickup": {
            "method": method,
            "source": rules.source(method_source),
            "alias": rules.alias_document(alias),
            "if_not_collected": _if_not_collected(basket["pickup"].get("if_not_collected")),
        },
        "scheduled": wanted_at is not None,
        "lines": rules.line_documents(priced, store.currency, policies(basket)),
        "totals": rules.totals_document(priced.totals, store.currency, inclusive=store.tax_inclusive),
        "promise": {
            **_window(None if fire.is_held else kept),
            "if_tapped_now": _window(kept) if fire.is_held else None,
        },
        "fire": fire.document(latest_at),
        "remedy": _remedy(basket.get("remedy")),
    }
    ahead = promise.work_ahead(kept.claims, claimed, makers=store.stations, now=now)
    return Draft(shown, priced, kept if latest_at is None else replace(kept, fire_at=latest_at, claims=()), ahead)


def _fire(chosen: Mapping[str, Any] | None, wanted_at: datetime | None) -> firing.Fire:
    fire = firing.fire_of(chosen, wanted_at)
    if isinstance(fire, dict):
        raise Invalid(fire)
    return fire


def _remedy(chosen: str | None) -> dict[str, Any]:
    kind, source = (chosen, "customer_choice") if chosen is not None else (firing.REMEDY, "service_default")
    return {"kind": kind, "source": rules.source(source)}


def _window(kept: Promise | None) -> dict[str, Any]:
    starts_at, ends_at = (kept.window_starts_at, kept.window_ends_at) if kept is not None else (None, None)
    return {"window_starts_at": starts_at, "window_ends_at": ends_at}


def _pickup_method(store: StoreFacts, chosen: str | None) -> tuple[str, str]:
    if chosen is None:
        return store.pickup_methods[0], "store_default"
    if chosen not in store.pickup_methods:
        raise Invalid({"pickup.method": [f"This store offers {', '.join(store.pickup_methods)}."]})
    return chosen, "customer_choice"


def _if_not_collected(chosen: str | None) -> dict[str, Any]:
    return {
        "do": chosen or IF_NOT_COLLECTED[0],
        "source": rules.source("service_default" if chosen is None else "customer_choice"),
    }


def keep(
    session: Session,
    made: Draft,
    store: StoreFacts,
    menu: Menu,
    basket: Mapping[str, Any],
    *,
    customer_id: UUID,
    replaces_order_id: UUID | None,
    grant_id: UUID | None,
    quote_seconds: int,
    now: datetime,
) -> dict[str, Any]:
    """Keep the draft as a quote; return its document. The transaction's last step."""
    expires_at = now + timedelta(seconds=quote_seconds)
    quote_id = new_id()
    document = {
        "id": str(quote_id),
        **made.document,
        "hash": rules.fingerprint(made.document),
        "make_seconds_ahead": made.make_seconds_ahead,
        "expires_at": expires_at,
    }
    send_with_commit(session)
    session.connection().execute(
        _INSERT,
        {
            "id": quote_id,
            "customer_id": customer_id,
            "store_id": store.id,
            "replaces_order_id": replaces_order_id,
            "grant_id": grant_id,
            "menu_version": menu.version,
            "store_version": store.version,
            "basket": basket,
            "document": document,
            "plan": _plan(made, store),
            "created_at": now,
            "expires_at": expires_at,
        },
    )
    return document


def _plan(made: Draft, store: StoreFacts) -> dict[str, Any]:
    """What placing needs and nobody is shown."""
    work = made.priced.work()
    return {
        "fire_at": made.promise.fire_at,
        "work": work.seconds,
        "longest": work.longest,
        "makers": dict(store.stations),
        "walk_in_percent": store.walk_in_percent,
        "claims": [
            [claim.station, claim.slot_at, claim.seconds, claim.capacity_seconds] for claim in made.promise.claims
        ],
        **stock_plan(made.priced),
    }


def stock_plan(priced: rules.Priced) -> dict[str, Any]:
    """Return the part of a plan that says what it takes off the counted stock, and what work each line is."""
    return {
        "stock": {str(item_id): units for item_id, units in priced.stock().items()},
        "counted": [line.counted_stock for line in priced.lines],
        "line_work": [rules.line_work(line) for line in priced.lines],
    }


def forget_old_quotes(session: Session, *, before: datetime) -> int:
    """Delete the quotes that expired before the instant; return how many."""
    gone = session.connection().execute(sa.delete(Quote).where(Quote.expires_at < before))
    return gone.rowcount
