"""Placing an order: a quote becomes an order in the store's queue, at the price and time it showed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...accounts import actions as account_actions
from ...accounts.rules.grants import Acting
from ...db import new_id, send_with_commit
from ...errors import NotFound
from ...menu import actions as menu_actions
from .. import queries
from ..errors import ClientOrderIdTaken, QuoteUsed, YesNeeded
from ..models import NextChange, Order, OrderLine
from ..queries.documents import order_document
from ..queries.quotes import quote_to_place
from ..rules import promise
from ..rules.ceiling import needs_yes
from ..rules.client_ids import kept_as
from ..rules.stars import kept_stars
from ..rules.states import State
from . import capacity, paying
from .delegated import grant_of, record_placing, require_room
from .facts import OrderPlaced
from .hold import Held, hold_promise, window_of
from .life import INSERT_TRANSITION
from .requote import offer_new_quote, refresh
from .rewards import Used, are_as_shown, use_rewards

_INSERT_ORDER = sa.insert(Order.__table__).values(  # type: ignore[arg-type]
    change_seq=NextChange(sa.bindparam("whose_feed", type_=sa.Uuid()))
)
INSERT_LINE = sa.insert(OrderLine.__table__)  # type: ignore[arg-type]

# No vowels, no look-alikes: a code is read aloud, and spells nothing.
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


def place_order(
    session: Session,
    *,
    customer_id: UUID,
    quote_id: UUID,
    client_order_id: str,
    quote_seconds: int,
    now: datetime,
    acting: Acting | None = None,
    yes_above_ceiling: bool = False,
) -> dict[str, Any]:
    """Turn a quote into an order in the store's queue, at the price and time the quote promised.

    Placing the same `client_order_id` again returns the first order and claims nothing. What its tenders pay is held
    until the store starts; without any it is paid at pickup.
    Under a grant (`acting`) the quote must have been made under it, and its day must have room for the total. A quote
    above the customer's own price ceiling needs their yes; nobody else gives it for them.
    Raises NotFound, QuoteExpired, QuoteOutdated, QuoteUsed, ClientOrderIdTaken, YesNeeded, SoldOut, StoreClosed,
    StorePaused, DailyLimitReached, OtherCurrency, RedemptionOver, NotJoined, NotEnoughStars, RewardsGone,
    InsufficientBalance.
    """
    if acting is not None:
        account_actions.hold_grant(session, acting, now=now)
    client_order_id = kept_as(client_order_id, grant_of(acting))
    quote = quote_to_place(
        session,
        quote_id=quote_id,
        customer_id=customer_id,
        client_order_id=client_order_id,
        grant_id=grant_of(acting),
    )
    if quote.placed_order_id is not None:
        return _placed_before(session, quote, quote_id)
    if quote.id is None:
        raise NotFound("quote")
    if quote.used:
        raise QuoteUsed()
    if quote.replaces_order_id is not None:  # it can only change that order: another one, for an order of its own
        raise offer_new_quote(session, quote, replaces_order_id=None, quote_seconds=quote_seconds, now=now)
    quote = still_shown(session, quote, replaces_order_id=None, quote_seconds=quote_seconds, now=now)
    require_yes(quote, yes_above_ceiling and acting is None)
    if acting is not None:
        total = quote.document["totals"]["total"]
        require_room(session, acting, total_minor=total["amount_minor"], currency=total["currency"], now=now)
    held = hold_promise(session, quote, now=now) if are_as_shown(session, quote, now=now) else None
    if held is None:
        raise offer_new_quote(session, quote, replaces_order_id=None, quote_seconds=quote_seconds, now=now)
    menu_actions.claim_stock(session, store_id=quote.store_id, quantities=stock_of(quote.plan), now=now)
    used = use_rewards(session, quote, now=now)
    tenders = paying.reserve(session, quote, fire_at=held.fire_at, now=now)
    order = write_order(session, quote, client_order_id, held, now, acting, used, tenders)
    return order_document(order, quote.document["lines"], "customer", tenders=paying.reserved(tenders))


def require_yes(quote: Any, yes_above_ceiling: bool) -> None:
    """Refuse a quote above the customer's price ceiling without their yes to it. Raises YesNeeded."""
    if needs_yes(quote.document) and not yes_above_ceiling:
        raise YesNeeded(total=quote.document["totals"]["total"], most=quote.document["price_ceiling"]["most"])


def write_order(
    session: Session,
    quote: Any,
    client_order_id: str,
    held: Held,
    now: datetime,
    acting: Acting | None = None,
    used: Used | None = None,
    tenders: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Write the order of a quote whose time, stock, rewards and money are claimed; return its row. Nothing can be read
    after."""
    order = _order_row(quote, client_order_id, held, now, acting, used or Used(new_id(), None))
    order |= paying.columns_of(quote, tenders)
    _write(session, order, line_rows(order["id"], quote), held, acting)
    paying.write(session, order["id"], tenders)
    return order


def _write(
    session: Session, order: dict[str, Any], lines: list[dict[str, Any]], held: Held, acting: Acting | None
) -> None:
    # Where the same client_order_id, quote or (by chance) code was placed meanwhile, the commit fails on its unique
    # key, and the edge runs the whole placement again.
    send_with_commit(session)
    connection = session.connection()
    connection.execute(_INSERT_ORDER, {**order, "whose_feed": order["customer_id"]})
    connection.execute(INSERT_LINE, lines)
    if held.claims:
        connection.execute(capacity.INSERT_CLAIMS, capacity.claim_rows(order["id"], order["store_id"], held.claims))
    connection.execute(INSERT_TRANSITION, _placing(order))
    if acting is not None:
        record_placing(session, acting, order)
    events.record(session, _placed(order))


def _placed_before(session: Session, quote: Any, quote_id: UUID) -> dict[str, Any]:
    if quote.placed_quote_id != quote_id:
        raise ClientOrderIdTaken(quote.placed_order_id)
    return queries.order_of_customer(session, order_id=quote.placed_order_id, customer_id=quote.placed_customer_id)


def still_shown(
    session: Session, quote: Any, *, replaces_order_id: UUID | None, quote_seconds: int | None, now: datetime
) -> Any:
    """Return the quote where what it shows still holds, with its plan as of now.

    Raises QuoteExpired or QuoteOutdated with a new quote (to place, or to replace the order with), or what the store
    and the menu refuse.
    """
    if now >= quote.expires_at or refresh_needed(quote):
        return refresh(session, quote, replaces_order_id=replaces_order_id, quote_seconds=quote_seconds, now=now)
    return quote


def refresh_needed(quote: Any) -> bool:
    """Tell whether the menu, the store or what the customer says changed since the quote was made."""
    return bool(
        quote.menu_version != quote.menu_version_now
        or quote.store_version != quote.store_version_now
        or quote.said_revision != quote.said_revision_now
    )


def stock_of(plan: Mapping[str, Any]) -> dict[UUID, int]:
    """Return how many of each counted item the quote takes."""
    return {UUID(item_id): units for item_id, units in plan["stock"].items()}


def _order_row(
    quote: Any, client_order_id: str, held: Held, now: datetime, acting: Acting | None, used: Used
) -> dict[str, Any]:
    return {
        "id": used.order_id,
        "rewards": used.documents,
        "customer_id": quote.customer_id,
        "store_id": quote.store_id,
        "client_order_id": client_order_id,
        "quote_id": quote.id,
        "grant_id": grant_of(acting),
        "placed_by": acting.person_id if acting is not None else None,
        "code": new_code(),
        "state": state_of(quote).value,
        "version": 1,
        "paid_minor": 0,
        "refunded_minor": 0,
        **shown_by(quote),
        **planned_by(quote, held),
        "outcome": None,
        "proposal": None,
        "proposed_starts_at": None,
        "arriving_at": None,
        "arrived_at": None,
        "placed_at": now,
        "fired_at": None,
        "ready_at": None,
        "ended_at": None,
        "end_reason": None,
        "remade_at": None,
        "updated_at": now,
        "promised_starts_at": window_of(quote)[0],
        "promised_ends_at": window_of(quote)[1],
    }


def state_of(quote: Any) -> State:
    """Return the state of an order that is placed from the quote, or changed to it."""
    if quote.document["promise"]["window_starts_at"] is None:
        return State.HELD
    return State.SCHEDULED if quote.document["scheduled"] else State.PLACED


def planned_by(quote: Any, held: Held) -> dict[str, Any]:
    """Return the columns of an order that say what it takes, and when its stations start."""
    work = queries.work_planned(quote.plan)
    return {
        "fire_at": held.fire_at,
        "make_seconds_ahead": quote.document.get("make_seconds_ahead", 0),
        "making": making_of(work, held.station_starts),
    }


def making_of(work: promise.Work, station_starts: Mapping[str, datetime]) -> dict[str, Any]:
    """Return what an order keeps of its work: seconds, longest piece and start, by station."""
    return {"work": work.seconds, "longest": work.longest, "station_starts": station_starts}


def new_code() -> str:
    """Return a code to call out; whether it is free at the store its unique index tells."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(4))


def shown_by(quote: Any) -> dict[str, Any]:
    """Return the columns of an order that its quote decides: shown = posted."""
    document = quote.document
    starts_at, ends_at = window_of(quote)
    pickup = document["pickup"]
    return {
        "currency": document["currency"],
        "subtotal_minor": document["totals"]["subtotal"]["amount_minor"],
        "tax_minor": document["totals"]["tax"]["amount_minor"],
        "total_minor": document["totals"]["total"]["amount_minor"],
        "tax_inclusive": document["totals"]["tax_inclusive"],
        "store_name": document["store"]["name"],
        "timezone": document["store"]["timezone"],
        "pickup_method": pickup["method"],
        "alias": pickup["alias"]["name"] if pickup["alias"] is not None else None,
        "if_not_collected": pickup["if_not_collected"]["do"],
        "window_starts_at": starts_at,
        "window_ends_at": ends_at,
        "stars": kept_stars(document, quote.plan),
        "choices": {
            "fire": document["fire"],
            "remedy": document["remedy"],
            "sources": {
                "method": pickup["source"],
                "alias": pickup["alias"]["source"] if pickup["alias"] is not None else None,
                "if_not_collected": pickup["if_not_collected"]["source"],
            },
            **paying.chosen(quote),
        },
    }


def line_rows(order_id: UUID, quote: Any) -> list[dict[str, Any]]:
    """Return the rows of an order's lines: each keeps its document as it was shown."""
    on_top = not quote.document["totals"]["tax_inclusive"]
    return [
        {
            "order_id": order_id,
            "position": line["position"],
            "item_id": UUID(line["item"]["id"]),
            "quantity": line["quantity"],
            "total_minor": line["total"]["amount_minor"],
            "tax_minor": line["tax"]["amount_minor"],
            "paid_minor": line["total"]["amount_minor"] + (line["tax"]["amount_minor"] if on_top else 0),
            "refunded_minor": 0,
            "refunded_quantity": 0,
            "counted_stock": counted,
            "document": line,
            "work": work,
            "asked": asked,
            "struck_at": None,
        }
        for line, counted, work, asked in zip(
            quote.document["lines"], quote.plan["counted"], _line_work(quote), quote.basket["lines"], strict=True
        )
    ]


def _line_work(quote: Any) -> list[dict[str, int] | None]:
    lines: list[dict[str, int] | None] = quote.plan.get("line_work") or [None] * len(quote.plan["counted"])
    return lines


def _placing(order: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "order_id": order["id"],
        "from_state": None,
        "to_state": order["state"],
        "actor": "customer",
        "actor_id": order["placed_by"] or order["customer_id"],
        "reason": None,
        "happened_at": order["placed_at"],
    }


def _placed(order: Mapping[str, Any]) -> OrderPlaced:
    return OrderPlaced(
        subject_id=order["id"],
        happened_at=order["placed_at"],
        store_id=order["store_id"],
        state=order["state"],
        version=order["version"],
        code=order["code"],
        window_starts_at=order["window_starts_at"],
        grant_id=order["grant_id"],
    )
