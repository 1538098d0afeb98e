"""Changing an order until it is fired: another quote takes the place of the first, or everything stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ... import events
from ...accounts.rules.grants import Acting
from ...db import Again, pipelined
from ...errors import Invalid, NotFound
from ...menu import actions as menu_actions
from .. import queries
from ..errors import AlreadyFired, QuoteUsed
from ..models import Order, OrderAsk, OrderLine, Quote
from ..queries.quotes import quote_to_place
from ..rules.states import OPEN, WAITING, State
from . import capacity, ledger, paying, swapping
from .delegated import doer, grant_of, on_placed_order
from .facts import OrderChanged
from .hold import Held, hold_promise
from .life import INSERT_TRANSITION, counted_items, lock_order_of_customer, transition
from .place import (
    INSERT_LINE,
    line_rows,
    new_code,
    planned_by,
    require_yes,
    shown_by,
    state_of,
    still_shown,
    stock_of,
)
from .requote import offer_new_quote
from .rewards import are_as_shown, swap_rewards

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_LINES: sa.Table = OrderLine.__table__  # type: ignore[assignment]
_QUOTES: sa.Table = Quote.__table__  # type: ignore[assignment]
_ASKS: sa.Table = OrderAsk.__table__  # type: ignore[assignment]
_WITHDRAW_ASKS = (
    sa.update(_ASKS)
    .where(_ASKS.c.order_id == sa.bindparam("of_order"), _ASKS.c.answered_at.is_(None))
    .values(answered_at=sa.bindparam("at", type_=_ASKS.c.answered_at.type), answer="changed", answered_by="customer")
)
_OPEN_WITH_CODE = sa.select(sa.func.count()).where(
    _ORDERS.c.store_id == sa.bindparam("of_store"), _ORDERS.c.code == sa.bindparam("called"), _ORDERS.c.state.in_(OPEN)
)


@on_placed_order
def change_order(
    session: Session,
    *,
    order_id: UUID,
    customer_id: UUID,
    quote_id: UUID,
    quote_seconds: int,
    now: datetime,
    acting: Acting | None = None,
    yes_above_ceiling: bool = False,
) -> dict[str, Any]:
    """Give the customer's order the store, window and lines of another quote, while the store has not started.

    Time, stock, price and money are swapped in one transaction; where any part fails the old order stands as it was.
    Where a card is to pay, its bank is asked first: the order stands, and shows its `pending_change`, until
    `settle_change`. The first promise stays on record. Raises NotFound, Invalid, AlreadyFired, QuoteUsed, QuoteExpired,
    QuoteOutdated, YesNeeded, SoldOut, StoreClosed, StorePaused, RedemptionOver, NotJoined, NotEnoughStars, RewardsGone,
    InsufficientBalance.
    """
    order = lock_order_of_customer(session, order_id, customer_id)
    if State(order["state"]) not in WAITING:
        raise AlreadyFired(order["state"])
    quote = quote_to_place(
        session, quote_id=quote_id, customer_id=customer_id, client_order_id=None, grant_id=grant_of(acting)
    )
    if quote.id is None:
        raise NotFound("quote")
    if quote.replaces_order_id != order_id:
        raise Invalid({"quote_id": ["Make the quote with this order as `replaces_order_id`."]})
    if quote.used:
        raise QuoteUsed()
    if not is_asked_for(order, quote_id):
        quote = still_shown(session, quote, replaces_order_id=order_id, quote_seconds=quote_seconds, now=now)
        require_yes(quote, yes_above_ceiling and acting is None)
        if swapping.needs_card(quote):
            ask_first(session, order, quote, quote_seconds=quote_seconds, now=now)
        else:
            swap_order(session, order, quote, quote_seconds=quote_seconds, now=now, acting=acting)
    return queries.order_of_customer(session, order_id=order_id, customer_id=customer_id)


def is_asked_for(order: Mapping[str, Any], quote_id: UUID) -> bool:
    """Tell whether the cards of this very change are being asked."""
    pending = order["pending_change"]
    return pending is not None and pending["quote_id"] == str(quote_id)


def ask_first(session: Session, order: dict[str, Any], quote: Any, *, quote_seconds: int, now: datetime) -> None:
    """Ask the cards of a quote, where nothing else is in the way of changing a locked order to it.

    Raises QuoteOutdated, SoldOut, NotFound.
    """
    savepoint = session.begin_nested()  # tried, and undone: no bank is asked for what can't be had
    held = _swap_time(session, order, quote, now) if are_as_shown(session, quote, now=now) else None
    if held is not None:
        _swap_stock(session, order, quote, now)
    savepoint.rollback()
    if held is None:
        raise offer_new_quote(session, quote, replaces_order_id=order["id"], quote_seconds=quote_seconds, now=now)
    swapping.ask_cards(session, order, quote, now=now)


def swap_order(
    session: Session,
    order: dict[str, Any],
    quote: Any,
    *,
    quote_seconds: int | None,
    now: datetime,
    acting: Acting | None = None,
    cards: Mapping[int, Mapping[str, Any]] = paying.NO_CARDS,
) -> None:
    """Change a locked order to a quote that still holds: time, stock, rewards and money, all of it or nothing.

    `cards` are reserved by then. Raises QuoteOutdated, SoldOut, RedemptionOver, NotJoined, RewardsGone,
    InsufficientBalance, NotFound.
    """
    held = _swap_time(session, order, quote, now) if are_as_shown(session, quote, now=now) else None
    if held is None:
        raise offer_new_quote(session, quote, replaces_order_id=order["id"], quote_seconds=quote_seconds, now=now)
    _swap_stock(session, order, quote, now)
    used = swap_rewards(session, order, quote, now=now)
    paid = swapping.swap(session, order, quote, fire_at=held.fire_at, now=now, cards=cards)
    _write(session, order, quote, held, now, acting, {**paid, "rewards": used.documents})


def _swap_time(session: Session, order: dict[str, Any], quote: Any, now: datetime) -> Held | None:
    own = (order["store_id"], capacity.claims_of(session, order["id"]))
    # A savepoint: the refusal that offers a new quote commits it, and must not commit the old time given back.
    savepoint = session.begin_nested()
    held = hold_promise(session, quote, now=now, own=own)
    if held is None:
        savepoint.rollback()
    else:
        savepoint.commit()
    return held


def _swap_stock(session: Session, order: dict[str, Any], quote: Any, now: datetime) -> None:
    # After the time, as in every other way: who holds time may wait for stock, never the other way round.
    old, new = counted_items(session, order["id"]), stock_of(quote.plan)
    menu_actions.lock_stock(session, (order["store_id"], old), (quote.store_id, new))
    menu_actions.release_stock(session, store_id=order["store_id"], quantities=old, now=now)
    menu_actions.claim_stock(session, store_id=quote.store_id, quantities=new, now=now)


def _write(
    session: Session,
    order: dict[str, Any],
    quote: Any,
    held: Held,
    now: datetime,
    acting: Acting | None,
    paid: dict[str, Any],
) -> None:
    version = order["version"] + 1
    state = state_of(quote)
    changes = {
        **shown_by(quote),
        "store_id": quote.store_id,
        "code": _code_at(session, order, quote.store_id),
        "state": state.value,
        "version": version,
        **planned_by(quote, held),
        **paid,
        "updated_at": now,
    }
    if order["promised_starts_at"] is None:  # it was held: what it is promised now is its first promise
        changes |= {"promised_starts_at": changes["window_starts_at"], "promised_ends_at": changes["window_ends_at"]}
    elif changes["window_starts_at"] not in {None, order["window_starts_at"]}:
        ledger.append(session, order, "changed", changes["window_starts_at"], now=now)
    changed = OrderChanged(
        subject_id=order["id"],
        happened_at=now,
        store_id=quote.store_id,
        state=state.value,
        version=version,
        window_starts_at=changes["window_starts_at"],
        grant_id=grant_of(acting),
    )
    actor_id = doer(order["customer_id"], acting)
    moved = transition(order, state, actor="customer", actor_id=actor_id, reason=None, now=now)
    try:
        with pipelined(session):
            # Only changes of this order can take the quote, and they wait for its row: no two ever do.
            session.execute(sa.update(_QUOTES).where(_QUOTES.c.id == quote.id).values(used_at=now))
            # What was asked about the lines that go is no question any more.
            session.execute(_WITHDRAW_ASKS, {"of_order": order["id"], "at": now})
            session.execute(sa.delete(_LINES).where(_LINES.c.order_id == order["id"]))
            session.execute(capacity.FORGET_CLAIMS, {"of_order": order["id"]})
            if state != order["state"]:
                session.execute(INSERT_TRANSITION, moved)
            session.execute(sa.update(_ORDERS).where(_ORDERS.c.id == order["id"]).values(changes))
            session.execute(INSERT_LINE, line_rows(order["id"], quote))
            if held.claims:
                rows = capacity.claim_rows(order["id"], quote.store_id, held.claims)
                session.execute(capacity.INSERT_CLAIMS, rows)
            events.record(session, changed)
    except IntegrityError as error:
        raise Again from error  # another order took the code at the other store


def _code_at(session: Session, order: dict[str, Any], store_id: UUID) -> str:
    code: str = order["code"]
    return code if store_id == order["store_id"] else free_code(session, store_id, code)


def free_code(session: Session, store_id: UUID, code: str) -> str:
    """Return the code, or another one where the store already calls out that one."""
    while session.scalar(_OPEN_WITH_CODE, {"of_store": store_id, "called": code}):
        code = new_code()
    return code
