"""When a promise can't be kept: another window is proposed, and holds once the customer says yes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...accounts.rules.grants import Acting
from ...errors import NotFound
from ...stores import queries as store_queries
from ...stores.rules import availability
from .. import queries
from ..errors import RevisionClosed
from ..models import Order
from ..rules import firing
from ..rules.promise import WINDOW
from ..rules.states import State
from . import ledger
from .delegated import grant_of, on_placed_order
from .facts import PromiseRevised, about
from .life import lock_order, lock_order_of_customer

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_STARTED = (State.FIRED, State.IN_PREPARATION)
_WINDOW_AHEAD = sa.func.coalesce(_ORDERS.c.proposed_starts_at, _ORDERS.c.window_starts_at)
LOOKED_AT = timedelta(minutes=30)
"""How long before its window's start an order can be hopeless at the earliest: no piece of work takes longer."""
BATCH = 100


def hopeless(session: Session, *, now: datetime) -> list[UUID]:
    """Return up to 100 fired orders that obviously can't be ready in the window that holds or is proposed."""
    started = sa.select(_ORDERS.c.id, _ORDERS.c.state, _ORDERS.c.making, _WINDOW_AHEAD.label("window_starts_at")).where(
        queries.IS_OPEN, _ORDERS.c.state.in_(_STARTED), _ORDERS.c.ready_at.is_(None), now + LOOKED_AT >= _WINDOW_AHEAD
    )
    rows = session.execute(started.order_by(_WINDOW_AHEAD).limit(BATCH)).mappings()
    return [row["id"] for row in rows if _is_hopeless(dict(row), now)]


def _is_hopeless(order: Mapping[str, Any], now: datetime) -> bool:
    return firing.is_out_of_reach(
        is_started=order["state"] == State.IN_PREPARATION,
        window_starts_at=order["window_starts_at"],
        longest_seconds=max(order["making"]["longest"].values(), default=0),
        now=now,
    )


def propose_revision(session: Session, *, order_id: UUID, now: datetime) -> bool:
    """Propose another window for an order that can't be ready in its own; tell whether it was done here and now.

    Each further one lies farther ahead. The promise that was made stays until the customer accepts; until then they may
    also cancel for nothing. Raises NotFound.
    """
    order = lock_order(session, order_id)
    held = order["proposed_starts_at"] or order["window_starts_at"]
    if (
        State(order["state"]) not in _STARTED
        or order["ready_at"] is not None
        or not _is_hopeless({**order, "window_starts_at": held}, now)
    ):
        return False
    store = store_queries.store_facts(session, order["store_id"])
    opening = availability(store, at=now, now=now)
    starts_at = firing.proposed_window(
        is_started=order["state"] == State.IN_PREPARATION,
        longest_seconds=max(order["making"]["longest"].values(), default=0),
        proposed_before=queries.proposals(session, order_id=order_id),
        closes_at=opening.closes_at if opening.is_open else now,
        now=now,
    )
    number = ledger.append(session, order, "proposed", starts_at, now=now)
    _change(session, order, {"proposal": number, "proposed_starts_at": starts_at}, number, starts_at, now)
    return True


@on_placed_order
def accept_revision(
    session: Session,
    *,
    order_id: UUID,
    customer_id: UUID,
    number: int,
    now: datetime,
    acting: Acting | None = None,
) -> dict[str, Any]:
    """Let the proposed window hold from now on. Raises NotFound, RevisionClosed."""
    order = lock_order_of_customer(session, order_id, customer_id)
    if order["proposal"] != number:
        if not queries.is_proposal(session, order_id=order_id, number=number):
            raise NotFound("proposal")
        raise RevisionClosed(order["proposal"])
    starts_at = order["proposed_starts_at"]
    ledger.append(session, order, "accepted", starts_at, now=now, accepts=number)
    changes = {
        "proposal": None,
        "proposed_starts_at": None,
        "window_starts_at": starts_at,
        "window_ends_at": starts_at + WINDOW,
    }
    _change(session, order, changes, number, starts_at, now, acting)
    return queries.order_of_customer(session, order_id=order_id, customer_id=customer_id)


def _change(
    session: Session,
    order: Mapping[str, Any],
    changes: Mapping[str, Any],
    number: int,
    starts_at: datetime,
    now: datetime,
    acting: Acting | None = None,
) -> None:
    version = order["version"] + 1
    session.execute(
        sa.update(_ORDERS).where(_ORDERS.c.id == order["id"]).values(**changes, version=version, updated_at=now)
    )
    revised = PromiseRevised(
        **about(order, now, version=version),
        number=number,
        window_starts_at=starts_at,
        accepted=changes["proposal"] is None,
        grant_id=grant_of(acting),
    )
    events.record(session, revised)
