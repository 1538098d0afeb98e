"""When a quote can't be kept: see whether anything shown changed, and offer a new quote that names what did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from ...errors import Refusal
from ...menu import queries as menu_queries
from ...stores.rules import require_available
from ..errors import QuoteExpired, QuoteOutdated
from ..rules import basket as rules
from .quote import draft, keep


def refresh(session: Session, quote: Any, *, quote_seconds: int, now: datetime) -> None:
    """Accept a quote whose menu or store changed, as long as what it shows still holds.

    Raises QuoteExpired, QuoteOutdated with a new quote, or what the store and the menu refuse.
    """
    if now >= quote.expires_at:
        raise offer_new_quote(session, quote, quote_seconds=quote_seconds, now=now)
    store, menu = menu_queries.store_and_menu(session, quote.store_id)
    window = datetime.fromisoformat(quote.document["promise"]["window_starts_at"])
    require_available(store, at=window, now=now)
    at = _instant(quote.basket["pickup"].get("at")) or now
    lines = rules.resolve(
        menu, rules.line_requests(quote.basket["lines"]), at=at, timezone=store.timezone, country=store.country
    )
    priced = rules.price(lines, store)
    shown = {
        "lines": rules.line_documents(priced, store.currency),
        "totals": rules.totals_document(priced.totals, store.currency, inclusive=store.tax_inclusive),
    }
    before = {name: quote.document[name] for name in shown}
    same_method = quote.document["pickup"]["method"] in store.pickup_methods
    if rules.differences(before, shown) or priced.work() != quote.plan["work"] or not same_method:
        raise offer_new_quote(session, quote, quote_seconds=quote_seconds, now=now)


def offer_new_quote(session: Session, quote: Any, *, quote_seconds: int, now: datetime) -> Refusal:
    """Quote the same basket again; return the refusal that names the differences and carries the new quote.

    Raises what `make_quote` raises where the basket can't be had any more.
    """
    store, menu = menu_queries.store_and_menu(session, quote.store_id)
    basket = {**quote.basket, "pickup": {**quote.basket["pickup"], "at": _instant(quote.basket["pickup"].get("at"))}}
    made = draft(session, store, menu, basket, replaces_order_id=quote.replaces_order_id, now=now)
    document = keep(
        session,
        made,
        store,
        menu,
        basket,
        customer_id=quote.customer_id,
        replaces_order_id=quote.replaces_order_id,
        quote_seconds=quote_seconds,
        now=now,
    )
    as_json = orjson.loads(orjson.dumps(document, option=orjson.OPT_UTC_Z))
    changed = rules.differences(quote.document, as_json)
    kind = QuoteExpired if now >= quote.expires_at else QuoteOutdated
    return kind(quote=as_json, differences=changed)


def _instant(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
