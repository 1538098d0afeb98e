"""Making a quote: a basket resolved, priced and promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...accounts.rules.grants import Acting
from ...loyalty.rules.earning import Membership
from ...menu.rules import Menu, ResolvedLine, line_requests
from ...preferences.rules import Filled, Filling, Said, order_fields
from ...preferences.rules.policies import policies
from ...preferences.rules.units import in_units
from ...stores.rules import StoreFacts
from .. import queries
from ..rules import basket as rules
from ..rules import firing, guarding, promise
from ..rules.ceiling import ceiling_document
from ..rules.promise import Promise
from ..rules.rewards import RewardInBasket, rewards_document
from ..rules.stars import basket_of, stars_shown
from ..rules.tenders import AT_PICKUP
from . import planning
from .delegated import grant_of, require_currency, require_no_rewards
from .keeping import Draft, keep
from .remedies import remedy_of
from .rewards import rewards_in, taken_off
from .substitutes import check_substitutes
from .tendering import word_of


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
    rewards: Sequence[Mapping[str, Any]] = (),
    acting: Acting | None = None,
    tenders: list[dict[str, Any]] | None = None,
    tip: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Resolve, price and promise a basket, and keep it for a few minutes so that it can be placed as shown.

    `fire` is the customer's choice of when to start; an order that waits for a tap is promised no window before it.
    `remedy` is what they choose for a missed promise.
    `replaces_order_id` names an own order that the quote is to change: the time it holds counts as free.
    `if_unavailable` holds for every line without one of its own. `tenders` pay it, in their order; `tip` is theirs.
    `rewards` are the customer's own redemptions, or a reward that placing redeems: they make lines cheaper.
    Under a grant (`acting`) the store must take its currency, and an order to be changed be one placed under it; what
    the customer avoids is nobody else's to override.
    Raises NotFound, Invalid, Avoided, DietNotStated, CeilingExceeded, SoldOut, StoreClosed, StorePaused, WindowFull,
    NoWindow, CannotBeMadeHere, OtherCurrency, NotJoined, NotEnoughStars, RewardsGone, RedemptionOver,
    InsufficientBalance.
    """
    if replaces_order_id is not None:
        queries.order_of_customer(
            session, order_id=replaces_order_id, customer_id=customer_id, grant_id=grant_of(acting)
        )
    basket = {
        "pickup": pickup,
        "lines": lines,
        "if_unavailable": if_unavailable,
        "fire": fire,
        "remedy": remedy,
        **({"rewards": rewards} if rewards else {}),
        **{name: said for name, said in (("tenders", tenders), ("tip", tip)) if said is not None},
    }
    return _made(
        session,
        basket,
        store_id,
        customer_id=customer_id,
        replaces_order_id=replaces_order_id,
        acting=acting,
        quote_seconds=quote_seconds,
        now=now,
    )


def _made(
    session: Session,
    basket: Mapping[str, Any],
    store_id: UUID,
    *,
    customer_id: UUID,
    replaces_order_id: UUID | None,
    acting: Acting | None,
    quote_seconds: int,
    now: datetime,
) -> dict[str, Any]:
    store, menu, said, member = as_they_stand(session, store_id, customer_id, replaces_order_id)
    if acting is not None:
        require_currency(acting, store.currency)
        require_no_rewards(basket)
    check_substitutes(store, menu, said, basket, now=now)
    made = draft(
        session,
        store,
        menu,
        said,
        basket,
        customer_id=customer_id,
        member=member,
        rewards=rewards_in(session, basket, customer_id, replaces_order_id, now=now),
        tender=word_of(session, basket, said, customer_id=customer_id, grant_id=grant_of(acting)),
        replaces_order_id=replaces_order_id,
        now=now,
    )
    guarding.require_needed_overrides(made.priced.lines, basket, said, by_customer=acting is None)
    return keep(
        session,
        made,
        store,
        menu,
        said,
        basket,
        customer_id=customer_id,
        replaces_order_id=replaces_order_id,
        grant_id=grant_of(acting),
        quote_seconds=quote_seconds,
        now=now,
    )


def as_they_stand(
    session: Session, store_id: UUID, customer_id: UUID, replaces_order_id: UUID | None
) -> tuple[StoreFacts, Menu, Said, Membership | None]:
    """Return a store, its menu, what the customer says, and their membership; the counted items that the order to be
    replaced holds there are not out of stock.

    Raises NotFound.
    """
    store, menu, said, member = queries.as_they_stand(session, store_id=store_id, customer_id=customer_id)
    if replaces_order_id is not None:
        menu = menu.for_holder_of(queries.held_items(session, order_id=replaces_order_id, store_id=store_id))
    return store, menu, said, member


def draft(
    session: Session,
    store: StoreFacts,
    menu: Menu,
    said: Said,
    basket: Mapping[str, Any],
    *,
    customer_id: UUID,
    member: Membership | None,
    replaces_order_id: UUID | None,
    now: datetime,
    rewards: Sequence[RewardInBasket] = (),
    tender: str = AT_PICKUP,
) -> Draft:
    """Work out what a quote for the basket says now, with the stars for a `member` who pays so (`tender`: its word).

    Raises as `make_quote`.
    """
    pickup: Mapping[str, Any] = basket["pickup"]
    wanted_at: datetime | None = pickup.get("at")
    lines = resolved(store, menu, said, basket, at=wanted_at or now)
    given = taken_off(rewards, lines, menu, store.currency)
    priced = rules.price(lines, store, given.of_lines(len(lines)))
    fire = firing.Fire.of(order_fields.fire(basket.get("fire"), wanted_at, said))
    work = priced.work()
    kept, claimed = planning.promised(
        session, store, work, wanted_at=wanted_at, but_of_order=replaces_order_id, now=now
    )
    latest_at = planning.latest_start(store, work, now) if fire.is_held else None
    stars, terms = stars_shown(member, basket_of(priced, store, menu, tender=tender, at=now))
    shown = {
        "store": {"id": str(store.id), "name": store.name, "timezone": store.timezone},
        "currency": store.currency,
        "pickup": {
            **_shown("method", order_fields.pickup_method(pickup.get("method"), said, store.pickup_methods)),
            "alias": _alias(pickup.get("alias"), said),
            "if_not_collected": _shown("do", order_fields.if_not_collected(pickup.get("if_not_collected"), said)),
        },
        "scheduled": wanted_at is not None,
        **shown_lines(priced, store, menu, said, basket),
        "promise": {
            **_window(None if fire.is_held else kept),
            "if_tapped_now": _window(kept) if fire.is_held else None,
        },
        "fire": fire.document(latest_at),
        "remedy": remedy_of(session, basket, said, store, priced, customer_id=customer_id, member=member, now=now),
        **stars,
        **({"rewards": rewards_document(rewards, given, store.currency)} if rewards else {}),
    }
    plan = {**terms, **({"rewards": [dict(each.document) for each in rewards]} if rewards else {})}
    ahead = promise.work_ahead(kept.claims, claimed, makers=store.stations, now=now)
    promised = kept if latest_at is None else replace(kept, fire_at=latest_at, claims=())
    plan |= {"tender": tender} if tender != AT_PICKUP else {}
    return Draft(shown, priced, promised, ahead, plan)


def _shown(name: str, filled: Filled) -> dict[str, Any]:
    return {name: filled.value, "source": filled.source.document()}


def _alias(chosen: str | None, said: Said) -> dict[str, Any] | None:
    name = order_fields.call_name(chosen, said)
    return None if name is None else _shown("name", name)


def resolved(
    store: StoreFacts, menu: Menu, said: Said, basket: Mapping[str, Any], *, at: datetime
) -> list[ResolvedLine]:
    """Return the basket's lines at the store, what they leave open filled by what the customer said, and nothing in
    them that they avoid. Raises Avoided, DietNotStated, CeilingExceeded, and what `resolve` raises."""
    where = {"timezone": store.timezone, "country": store.country}
    fills = Filling(said, menu, at=at, **where) if said.rules else None
    lines = rules.resolve(menu, line_requests(basket["lines"]), at=at, fills=fills, **where)
    guarding.require_wanted(lines, basket, said)
    return lines


def shown_lines(
    priced: rules.Priced, store: StoreFacts, menu: Menu, said: Said, basket: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a quote shows of its lines, beside what they add up to and what the customer wants to be told."""
    overrides = guarding.overridden(priced.lines, basket, said)
    lines = rules.line_documents(priced, store.currency, policies(basket, priced.lines, menu, said), overrides)
    return {
        "lines": [in_units(said, line) for line in lines],
        "totals": rules.totals_document(priced.totals, store.currency, inclusive=store.tax_inclusive),
        **guarding.watched(priced.lines, said),
        **_price_ceiling(basket, said, priced, store),
    }


def _price_ceiling(basket: Mapping[str, Any], said: Said, priced: rules.Priced, store: StoreFacts) -> dict[str, Any]:
    """Return above which price it needs another yes; nothing where nobody said any."""
    total_minor = priced.totals.total_minor
    found = ceiling_document(basket.get("price_ceiling"), said, total_minor=total_minor, currency=store.currency)
    return {} if found is None else {"price_ceiling": found}


def _window(kept: Promise | None) -> dict[str, Any]:
    starts_at, ends_at = (kept.window_starts_at, kept.window_ends_at) if kept is not None else (None, None)
    return {"window_starts_at": starts_at, "window_ends_at": ends_at}
