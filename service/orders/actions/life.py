"""One order's row under lock, and writing its next step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...accounts.rules.grants import Acting
from ...errors import NotFound
from ...menu import actions as menu_actions
from ..models import Order, OrderLine, OrderTransition
from ..rules.aftermath import is_refunded
from ..rules.states import ENDED, Actor, State
from . import capacity, ledger, paying
from .delegated import grant_of, is_own
from .facts import OrderMoved, PromiseKept, PromiseMissed, about
from .give_back import refund_rest
from .turn import first_in_turn

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_LINES: sa.Table = OrderLine.__table__  # type: ignore[assignment]
INSERT_TRANSITION = sa.insert(OrderTransition.__table__).inline()  # type: ignore[arg-type]


def lock_order_of_customer(session: Session, order_id: UUID, customer_id: UUID) -> dict[str, Any]:
    """Return the customer's order, locked: its state must not change under the decision. Raises NotFound."""
    return _locked(session, sa.and_(_ORDERS.c.id == order_id, _ORDERS.c.customer_id == customer_id))


def lock_order_of_stores(session: Session, order_id: UUID, store_ids: frozenset[UUID] | None) -> dict[str, Any]:
    """Return an order of one of the stores (None: any), locked. Raises NotFound."""
    of_stores = sa.true() if store_ids is None else _ORDERS.c.store_id.in_(store_ids)
    return _locked(session, sa.and_(_ORDERS.c.id == order_id, of_stores))


def lock_order(session: Session, order_id: UUID) -> dict[str, Any]:
    """Return an order, locked, for the worker. Raises NotFound."""
    return _locked(session, _ORDERS.c.id == order_id)


def _locked(session: Session, condition: sa.ColumnElement[bool]) -> dict[str, Any]:
    wanted = sa.select(_ORDERS).where(condition, _ORDERS.c.forgotten_at.is_(None))
    order = first_in_turn(session, wanted.with_for_update())
    if order is None:
        raise NotFound("order")
    return order


def step(
    session: Session,
    order: Mapping[str, Any],
    to: State,
    *,
    actor: Actor,
    actor_id: UUID | None,
    reason: str | None,
    now: datetime,
    also: Mapping[str, Any] | None = None,
    acting: Acting | None = None,
) -> dict[str, Any]:
    """Move a locked order to the state: stamps, payment at pickup, what it held and what was paid for what is not
    made given back, the log, the fact.

    `also` are more columns to set; `acting` says under which grant the customer's step is done.
    Returns the columns that changed. The caller has checked the transition table.
    """
    version: int = order["version"]
    if is_refunded(State(order["state"]), to):
        version = refund_rest(session, order, reason=reason or to.value, actor_id=_staff(actor, actor_id), now=now)
    changes: dict[str, Any] = {"state": to.value, "version": version + 1, "updated_at": now, **(also or {})}
    settled: list[PromiseKept | PromiseMissed] = []
    if to is State.FIRED:
        changes |= {"fired_at": now, **paying.take(session, order, now=now)}
    if to is State.READY:
        changes |= {"ready_at": now, "proposal": None, "proposed_starts_at": None}
        if order["outcome"] is None:  # a recalled order was ready before: that time counted
            settled = [ledger.settle(session, _as_judged(order, actor_id), changes["version"], now)]
            changes["outcome"] = "kept" if isinstance(settled[0], PromiseKept) else "missed"
            changes |= ledger.choices_after(order, settled[0])
        capacity.release_order(session, order["id"])  # the work is done: made early, its later slots are free
    if to is State.PICKED_UP:
        changes["paid_minor"] = order["total_minor"]
        paying.collect(session, order)
    if to in ENDED:
        changes |= {"ended_at": now, "end_reason": reason, "proposal": None, "proposed_starts_at": None}
    elif order["ended_at"] is not None:
        changes |= {"ended_at": None, "end_reason": None}
    if to in ENDED - {State.PICKED_UP}:
        _free(session, order, now)
    session.execute(sa.update(_ORDERS).where(_ORDERS.c.id == order["id"]).values(changes))
    session.execute(INSERT_TRANSITION, transition(order, to, actor=actor, actor_id=actor_id, reason=reason, now=now))
    events.record(
        session,
        OrderMoved(
            **about(order, now, state=to.value, version=changes["version"]),
            from_state=order["state"],
            ended=to in ENDED,
            reason=reason,
            grant_id=grant_of(acting),
        ),
        *settled,
    )
    return changes


def _as_judged(order: Mapping[str, Any], by: UUID | None) -> Mapping[str, Any]:
    """Return an order as its promise is judged: where its own customer made it, how late that was earns no remedy."""
    if by is None or not is_own(order, by):
        return order
    choices = order["choices"]
    return {**order, "choices": {**choices, "remedy": {**choices["remedy"], "kind": "none"}}}


def _staff(actor: Actor, actor_id: UUID | None) -> UUID | None:
    return actor_id if actor == "staff" else None


def transition(
    order: Mapping[str, Any], to: State, *, actor: Actor, actor_id: UUID | None, reason: str | None, now: datetime
) -> dict[str, Any]:
    """Return the row that logs an order's step from where it is to the state."""
    return {
        "order_id": order["id"],
        "from_state": order["state"],
        "to_state": to.value,
        "actor": actor,
        "actor_id": actor_id,
        "reason": reason,
        "happened_at": now,
    }


def _free(session: Session, order: Mapping[str, Any], now: datetime) -> None:
    """Free the time and the money the order holds, and its counted items unless the store already started on them."""
    capacity.release_order(session, order["id"])
    if order["fired_at"] is None:
        quantities = counted_items(session, order["id"])
        menu_actions.release_stock(session, store_id=order["store_id"], quantities=quantities, now=now)
    paying.let_go(session, order, now=now)


def counted_items(session: Session, order_id: UUID) -> dict[UUID, int]:
    """Return how many of each counted item the order took."""
    counted = session.execute(
        sa.select(_LINES.c.item_id, sa.func.sum(_LINES.c.quantity))
        .where(_LINES.c.order_id == order_id, _LINES.c.counted_stock)
        .group_by(_LINES.c.item_id)
    )
    return {item_id: int(units) for item_id, units in counted}
