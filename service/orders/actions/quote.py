"""Making a quote: a basket resolved, priced and promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import new_id, send_with_commit
from ...errors import Invalid
from ...menu import queries as menu_queries
from ...menu.rules import Menu
from ...stores.rules import StoreFacts, availability, require_available
from .. import queries
from ..errors import CannotBeMadeHere, NoWindow, WindowFull
from ..models import Quote
from ..rules import basket as rules
from ..rules import promise
from ..rules.promise import HORIZON, Promise, Stations

_INSERT = sa.insert(Quote.__table__)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a quote will say, before it is kept."""

    document: dict[str, Any]
    priced: rules.Priced
    promise: Promise


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
) -> dict[str, Any]:
    """Resolve, price and promise a basket, and keep it for a few minutes so that it can be placed as shown.

    `replaces_order_id` names an own order that the quote is to change: the time it holds counts as free.
    Raises NotFound, Invalid, SoldOut, StoreClosed, StorePaused, WindowFull, NoWindow, CannotBeMadeHere.
    """
    if replaces_order_id is not None:
        queries.order_of_customer(session, order_id=replaces_order_id, customer_id=customer_id)
    store, menu = store_and_menu(session, store_id, replaces_order_id)
    basket = {"pickup": pickup, "lines": lines}
    made = draft(session, store, menu, basket, replaces_order_id=replaces_order_id, now=now)
    return keep(
        session,
        made,
        store,
        menu,
        basket,
        customer_id=customer_id,
        replaces_order_id=replaces_order_id,
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
    lines = rules.resolve(
        menu,
        rules.line_requests(basket["lines"]),
        at=wanted_at or now,
        timezone=store.timezone,
        country=store.country,
    )
    priced = rules.price(lines, store)
    kept = _promise(session, store, priced, wanted_at, replaces_order_id, now)
    shown = {
        "store": {"id": str(store.id), "name": store.name, "timezone": store.timezone},
        "currency": store.currency,
        "pickup": {"method": method, "source": rules.source(method_source)},
        "scheduled": wanted_at is not None,
        "lines": rules.line_documents(priced, store.currency),
        "totals": rules.totals_document(priced.totals, store.currency, inclusive=store.tax_inclusive),
        "promise": {"window_starts_at": kept.window_starts_at, "window_ends_at": kept.window_ends_at},
    }
    return Draft(shown, priced, kept)


def _pickup_method(store: StoreFacts, chosen: str | None) -> tuple[str, str]:
    if chosen is None:
        return store.pickup_methods[0], "store_default"
    if chosen not in store.pickup_methods:
        raise Invalid({"pickup.method": [f"This store offers {', '.join(store.pickup_methods)}."]})
    return chosen, "customer_choice"


def _promise(
    session: Session,
    store: StoreFacts,
    priced: rules.Priced,
    wanted_at: datetime | None,
    replaces_order_id: UUID | None,
    now: datetime,
) -> Promise:
    work, stations = priced.work(), Stations(store.stations, store.walk_in_percent)
    missing = sorted(station for station in work.seconds if not store.stations.get(station))
    if missing:
        raise CannotBeMadeHere(missing)
    longest = timedelta(seconds=work.longest_seconds())
    earliest_at = now + max(store.lead(now), longest)
    since, until = wanted_at or earliest_at, max(wanted_at or now, earliest_at) + HORIZON
    claimed = queries.claimed_seconds(
        session,
        store.id,
        from_at=promise.slot_of(max(now, since - promise.looked_back(work, stations))),
        until_at=until,
        but_of_order=replaces_order_id,
    )

    def earliest(from_: datetime) -> Promise | None:
        return promise.earliest_promise(
            work=work,
            stations=stations,
            claimed=claimed,
            takes_orders_at=lambda at: availability(store, at=at, now=now).takes_orders,
            from_=from_,
            until=until,
            now=now,
        )

    if wanted_at is None:
        kept = earliest(earliest_at)
        if kept is None:
            require_available(store, at=promise.next_slot(earliest_at), now=now)
            raise NoWindow()
        return kept
    _check_wanted(wanted_at, now)
    require_available(store, at=wanted_at, now=now)
    kept = promise.promise_for(wanted_at, work=work, stations=stations, claimed=claimed, now=now)
    if kept is None or kept.window_ends_at < now + longest:
        next_best = earliest(max(wanted_at, earliest_at))
        raise WindowFull(next_best.window_starts_at if next_best else None)
    return kept


def _check_wanted(wanted_at: datetime, now: datetime) -> None:
    if wanted_at != promise.slot_of(wanted_at):
        raise Invalid({"pickup.at": ["Windows start every five minutes; see the store's pickup times."]})
    if not now < wanted_at <= now + queries.LATEST:
        raise Invalid({"pickup.at": ["Choose a time from now to seven days ahead."]})


def keep(
    session: Session,
    made: Draft,
    store: StoreFacts,
    menu: Menu,
    basket: Mapping[str, Any],
    *,
    customer_id: UUID,
    replaces_order_id: UUID | None,
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
    """Return the part of a plan that says what it takes off the counted stock."""
    return {
        "stock": {str(item_id): units for item_id, units in priced.stock().items()},
        "counted": [line.counted_stock for line in priced.lines],
    }


def forget_old_quotes(session: Session, *, before: datetime) -> int:
    """Delete the quotes that expired before the instant; return how many."""
    gone = session.connection().execute(sa.delete(Quote).where(Quote.expires_at < before))
    return gone.rowcount
