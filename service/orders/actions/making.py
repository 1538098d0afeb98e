"""An order while it is made, for the queue: its row under lock, its next state, a sign that something happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..errors import TransitionRefused
from ..models import Order
from ..rules.states import Actor, State, may, targets
from .life import lock_order_of_stores, step

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]


def lock_order_to_make(session: Session, *, order_id: UUID, store_id: UUID) -> dict[str, Any]:
    """Return the store's order, locked: two screens must decide one after the other. Raises NotFound."""
    return lock_order_of_stores(session, order_id, frozenset({store_id}))


def advance_order(
    session: Session, order: Mapping[str, Any], *, to: State, actor_id: UUID | None, now: datetime
) -> dict[str, Any]:
    """Move a locked order to the state that what was made of it asks for; return its row as it is then.

    Nobody (None) did where it follows from something else. Raises TransitionRefused.
    """
    state = State(order["state"])
    actor: Actor = "staff" if actor_id is not None else "system"
    if not may(actor, state, to):
        raise TransitionRefused(state.value, [each.value for each in targets(actor, state)])
    changes = step(session, order, to, actor=actor, actor_id=actor_id, reason=None, now=now)
    return {**order, **changes}


def note_progress(session: Session, order: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Give a locked order a new version, since something of it changed that isn't its state; return its row then."""
    changes = {"version": order["version"] + 1, "updated_at": now}
    session.execute(sa.update(_ORDERS).where(_ORDERS.c.id == order["id"]).values(changes))
    return {**order, **changes}
