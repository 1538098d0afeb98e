"""When a quote can't be kept: see whether anything shown changed, and offer a new quote that names what did."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from ...errors import Refusal
from ...loyalty.rules.programme import reward_of
from ...sources import unexplained
from ...stores.errors import PickupTooSoon
from ...stores.rules import StoreFacts, require_available
from ..errors import QuoteExpired, QuoteOutdated
from ..rules import basket as rules
from ..rules import promise
from ..rules.stars import without_stars
from .keeping import keep, stock_plan
from .quote import as_they_stand, draft, resolved, shown_lines
from .rewards import off_lines, rewards_in
from .tendering import word_of

_WATCHED = ("warnings", "ceilings", "price_ceiling")


def refresh(
    session: Session, quote: Any, *, replaces_order_id: UUID | None, quote_seconds: int | None, now: datetime
) -> Any:
    """Return a quote whose menu or store changed, as long as what it shows still holds; its plan counts the stock
    that is counted now.

    Raises QuoteExpired or QuoteOutdated with a new quote, or what the store and the menu refuse.
    """
    if now >= quote.expires_at:
        raise offer_new_quote(session, quote, replaces_order_id=replaces_order_id, quote_seconds=quote_seconds, now=now)
    store, menu, said, _ = as_they_stand(session, quote.store_id, quote.customer_id, replaces_order_id)
    # As of the quote's making: its window kept the lead time then, and that the client took a minute breaks nothing.
    window = _window(quote)
    soonest = promise.next_slot(quote.created_at + store.lead(quote.created_at))
    require_available(store, at=window or soonest, now=quote.created_at)
    at = _instant(quote.basket["pickup"].get("at")) or now
    lines = resolved(store, menu, said, quote.basket, at=at)
    given = off_lines([reward_of(each) for each in quote.plan.get("rewards", ())], lines, menu, store.currency)
    priced = rules.price(lines, store, given.of_lines(len(lines)))
    if not _same(quote, store, shown_lines(priced, store, menu, said, quote.basket), priced):
        raise offer_new_quote(session, quote, replaces_order_id=replaces_order_id, quote_seconds=quote_seconds, now=now)
    return SimpleNamespace(**{**quote._mapping, "plan": {**quote.plan, **stock_plan(priced)}})


def _same(quote: Any, store: StoreFacts, shown_now: dict[str, Any], priced: rules.Priced) -> bool:
    """Tell whether everything shown, and the work and the makers behind the promise, are as they were."""
    shown = _as_kept(shown_now)
    kept = {name: quote.document[name] for name in (*shown, *_WATCHED) if name in quote.document}
    work, makers = quote.plan["work"], quote.plan["makers"]
    return (
        not rules.differences(kept, shown)
        and priced.work().seconds == work
        and all(store.stations.get(station) == makers.get(station) for station in work)
        and quote.document["pickup"]["method"] in store.pickup_methods
    )


def _as_kept(document: Any) -> Any:
    """Return a document as it is read back after it was kept."""
    return orjson.loads(orjson.dumps(document, option=orjson.OPT_UTC_Z))


def offer_new_quote(
    session: Session, quote: Any, *, replaces_order_id: UUID | None, quote_seconds: int | None, now: datetime
) -> Refusal:
    """Quote the same basket again; return the refusal that names the differences and carries the new quote.

    Where nobody waits for one (`quote_seconds` None) nothing is quoted: the refusal carries the old one.
    Raises what `make_quote` raises where the basket can't be had any more; PickupTooSoon where its time has passed.
    """
    if quote_seconds is None:
        return QuoteOutdated(quote=quote.document, differences=[])
    store, menu, said, member = as_they_stand(session, quote.store_id, quote.customer_id, replaces_order_id)
    wanted_at = _instant(quote.basket["pickup"].get("at"))
    if wanted_at is not None and wanted_at <= now:
        raise PickupTooSoon(store.id, earliest_at=now + store.lead(now))
    basket = {**quote.basket, "pickup": {**quote.basket["pickup"], "at": wanted_at}}
    rewards = rewards_in(session, basket, quote.customer_id, replaces_order_id, now=now)
    made = draft(
        session,
        store,
        menu,
        said,
        basket,
        customer_id=quote.customer_id,
        member=member,
        rewards=rewards,
        tender=word_of(session, basket, said, customer_id=quote.customer_id, grant_id=quote.grant_id),
        replaces_order_id=replaces_order_id,
        now=now,
    )
    document = keep(
        session,
        made,
        store,
        menu,
        said,
        basket,
        customer_id=quote.customer_id,
        replaces_order_id=replaces_order_id,
        grant_id=quote.grant_id,
        quote_seconds=quote_seconds,
        now=now,
    )
    offered, before = _as_kept(document), quote.document
    if quote.grant_id is not None:
        before, offered = without_stars(unexplained(before)), without_stars(unexplained(offered))
    changed = rules.differences(before, offered)
    kind = QuoteExpired if now >= quote.expires_at else QuoteOutdated
    return kind(quote=offered, differences=changed)


def _window(quote: Any) -> datetime | None:
    return _instant(quote.document["promise"]["window_starts_at"])


def _instant(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
