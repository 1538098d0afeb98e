"""The customer's tap, and what happens to an order that waited for it too long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...accounts import actions as account_actions
from ...accounts.rules.grants import Acting
from ...db import Again, run_of
from ...errors import Invalid, Refusal
from ...stores import queries as store_queries
from .. import queries
from ..errors import NoWindow, OrderEnded
from ..models import Order
from ..rules import firing, promise
from ..rules.promise import Work
from ..rules.states import OPEN, Actor, State
from . import ask, capacity, ledger, planning
from .delegated import doer, grant_of, on_placed_order
from .facts import CustomerArriving
from .life import lock_order, lock_order_of_customer, step
from .place import making_of

NOT_TAPPED = "not_tapped"
"""Why an order ended that waited for a tap."""

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
BATCH = 50


@on_placed_order
def arrive(
    session: Session,
    *,
    order_id: UUID,
    customer_id: UUID,
    kind: firing.Tap,
    minutes: int | None,
    now: datetime,
    acting: Acting | None = None,
) -> dict[str, Any]:
    """Note that the customer is on the way, there in `minutes`, or here; start an order that waited for that.

    Only now is such an order promised a window: the first that can be made, and not before the customer is there.
    Saying the same again changes nothing. Raises NotFound, Invalid, OrderEnded, and what a new order could be refused
    with; then the order goes on waiting.
    """
    _tap(session, order_id, customer_id, kind, minutes, now, acting)
    return queries.order_of_customer(session, order_id=order_id, customer_id=customer_id)


def arrive_to_pick_up(
    session: Session,
    *,
    order_id: UUID,
    customer_id: UUID,
    kind: firing.Tap,
    minutes: int | None,
    now: datetime,
    acting: Acting | None = None,
) -> dict[str, Any]:
    """Do what `arrive` does, for whoever picks one of the customer's open orders up; return what they may know of it.

    Raises as `arrive`; NotFound also for an order that has ended.
    """
    if acting is not None:
        account_actions.hold_grant(session, acting, now=now)
    queries.order_to_pick_up(session, order_id=order_id, customer_id=customer_id)
    _tap(session, order_id, customer_id, kind, minutes, now, acting)
    if acting is not None:
        account_actions.record_act(
            session,
            acting,
            operation="arrive_to_pick_up",
            order_id=order_id,
            amount_minor=None,
            currency=None,
            now=now,
        )
    return queries.order_to_pick_up(session, order_id=order_id, customer_id=customer_id)


def _tap(
    session: Session,
    order_id: UUID,
    customer_id: UUID,
    kind: firing.Tap,
    minutes: int | None,
    now: datetime,
    acting: Acting | None,
) -> None:
    order = lock_order_of_customer(session, order_id, customer_id)
    if State(order["state"]) not in OPEN:
        raise OrderEnded(order["state"])
    expected_at = _expected_at(order, kind, minutes, now)
    arrival = {"arriving_at": expected_at} if kind == "on_my_way" else {"arrived_at": order["arrived_at"] or now}
    if order["state"] == State.HELD and firing.releases(order["choices"]["fire"]["trigger"], kind):
        _release(session, order, expected_at, arrival, actor="customer", now=now, acting=acting)
    elif any(order[name] != value for name, value in arrival.items()):
        _note(session, order, arrival, now)
    else:
        return
    _record(session, order_id, expected_at, kind, now, acting)


def _expected_at(order: Mapping[str, Any], kind: firing.Tap, minutes: int | None, now: datetime) -> datetime:
    if kind == "here":
        if minutes is not None:
            raise Invalid({"minutes": ["Who is here needs no minutes."]})
        return now
    minutes = minutes if minutes is not None else order["choices"]["fire"]["minutes"]
    if minutes is None:
        raise Invalid({"minutes": ["Say in how many minutes you will be there."]})
    return now + timedelta(minutes=minutes)


def _release(
    session: Session,
    order: Mapping[str, Any],
    expected_at: datetime,
    arrival: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    acting: Acting | None = None,
) -> None:
    """Promise a held order its window and claim the time for it.

    Where others took that time just now, the next run locks all that it could use first, and then nobody can. Raises
    what a new order is refused with.
    """
    run, runs_again = run_of(session)
    store = store_queries.store_facts(session, order["store_id"])
    work, from_ = Work(order["making"]["work"], order["making"]["longest"]), firing.ready_from(now, expected_at)
    if run > 1:
        planning.lock_ahead(session, store, work, from_=from_, now=now)
    kept, claimed = planning.promised(session, store, work, wanted_at=None, but_of_order=None, now=now, from_=from_)
    taken = capacity.claim(session, store.id, kept.claims)
    if taken is None:
        if runs_again:
            raise Again
        raise NoWindow()
    starts = promise.station_starts(kept.claims, taken, work=work, makers=store.stations, now=now)
    if kept.claims:
        session.execute(capacity.INSERT_CLAIMS, capacity.claim_rows(order["id"], store.id, kept.claims))
    windows = {"window_starts_at": kept.window_starts_at, "window_ends_at": kept.window_ends_at}
    if order["promised_starts_at"] is None:
        windows |= {"promised_starts_at": kept.window_starts_at, "promised_ends_at": kept.window_ends_at}
    else:  # it had a window before it was changed to wait for the tap
        ledger.append(session, order, "changed", kept.window_starts_at, now=now)
    fire_at = min(starts.values(), default=kept.fire_at)
    ask.bring_forward(session, order["id"], fire_at=fire_at, now=now)
    planned = {
        **windows,
        **arrival,
        "fire_at": fire_at,
        "making": making_of(work, starts),
        "make_seconds_ahead": promise.work_ahead(kept.claims, claimed, makers=store.stations, now=now),
    }
    actor_id = doer(order["customer_id"], acting) if actor == "customer" else None
    step(
        session, order, State.PLACED, actor=actor, actor_id=actor_id, reason=None, now=now, also=planned, acting=acting
    )


def _note(session: Session, order: Mapping[str, Any], arrival: Mapping[str, Any], now: datetime) -> None:
    changes = {**arrival, "version": order["version"] + 1, "updated_at": now}
    session.execute(sa.update(_ORDERS).where(_ORDERS.c.id == order["id"]).values(changes))


def _record(
    session: Session,
    order_id: UUID,
    expected_at: datetime,
    kind: firing.Tap,
    now: datetime,
    acting: Acting | None,
) -> None:
    row = session.execute(
        sa.select(_ORDERS.c.store_id, _ORDERS.c.state, _ORDERS.c.version).where(_ORDERS.c.id == order_id)
    ).one()
    arriving = CustomerArriving(
        subject_id=order_id,
        happened_at=now,
        store_id=row.store_id,
        state=row.state,
        version=row.version,
        expected_at=expected_at,
        is_here=kind == "here",
        grant_id=grant_of(acting),
    )
    events.record(session, arriving)


def waited_too_long(session: Session, *, now: datetime) -> list[UUID]:
    """Return up to 50 held orders whose time to wait is over, the oldest first."""
    # The first condition is the index's own: orders that wait, of which the held ones are few.
    late = sa.select(_ORDERS.c.id).where(queries.IS_WAITING, _ORDERS.c.state == State.HELD, _ORDERS.c.fire_at <= now)
    return list(session.scalars(late.order_by(_ORDERS.c.fire_at).limit(BATCH)))


def end_wait(session: Session, *, order_id: UUID, now: datetime) -> bool:
    """Do with an order that waited too long what its customer chose: make it now, or cancel it; tell whether it was
    done here and now. One that can't be made any more is cancelled, too.

    Raises NotFound.
    """
    order = lock_order(session, order_id)
    if order["state"] != State.HELD or order["fire_at"] > now:
        return False  # tapped, changed or ended meanwhile, or another worker was first
    reason = NOT_TAPPED
    if order["choices"]["fire"]["if_latest"] == "fire":
        try:
            _release(session, order, now, {}, actor="system", now=now)
        except Refusal:
            reason = f"{NOT_TAPPED}_and_no_window"
        else:
            return True
    step(session, order, State.CANCELLED, actor="system", actor_id=None, reason=reason, now=now)
    return True
