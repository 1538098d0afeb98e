"""Marks on whole tickets: urgent, voided, seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from ...orders import actions as orders
from ...orders.actions.facts import OrderMoved
from ...orders.errors import TransitionRefused
from ...orders.rules.states import ENDED, IN_QUEUE, State, targets
from .. import queries
from ..models import Bump, LineStation, TicketMark
from .facts import TicketMarked

_MARKS: sa.Table = TicketMark.__table__  # type: ignore[assignment]
_VOID = {State.CANCELLED, State.REJECTED, State.NO_SHOW}
"""Ends that those who make the order must see; at an expired one nobody is at work any more."""
_MARK = sa.select(_MARKS).where(_MARKS.c.order_id == sa.bindparam("of_order"))


def rush_order(
    session: Session, *, store_id: UUID, order_id: UUID, rush: bool, by: UUID, now: datetime
) -> dict[str, Any]:
    """Mark a ticket of the queue as urgent, or not; saying the same again changes nothing. Returns the ticket.

    Raises NotFound, TransitionRefused where the order isn't in the queue.
    """
    order = orders.lock_order_to_make(session, order_id=order_id, store_id=store_id)
    state = State(order["state"])
    if state not in IN_QUEUE:
        raise TransitionRefused(state.value, [each.value for each in targets("staff", state)])
    mark = session.execute(_MARK, {"of_order": order_id}).first()
    if bool(mark and mark.rushed_at) != rush:
        values = {"rushed_at": now if rush else None, "rushed_by": by if rush else None}
        _set(session, order, mark, values)
        order = orders.note_progress(session, order, now=now)
        _tell(session, order, "rush" if rush else "no_rush", now)
    return queries.ticket_of(session, order)


def follow_order(session: Session, fact: OrderMoved) -> None:
    """Keep an order on the queue, struck through, that was cancelled, rejected or not collected after it was fired,
    until someone has seen that; let one that is made once more begin anew. The reaction to an order's step."""
    state, before = State(fact.state), State(fact.from_state)
    order = {"id": fact.subject_id, "store_id": fact.store_id}
    if state in _VOID and before in IN_QUEUE:
        mark = session.execute(_MARK, {"of_order": fact.subject_id}).first()
        _set(session, order, mark, {"voided_at": fact.happened_at})
    elif before in ENDED:
        session.execute(sa.delete(LineStation).where(LineStation.order_id == fact.subject_id))
        session.execute(sa.delete(_MARKS).where(_MARKS.c.order_id == fact.subject_id))


def see_void(session: Session, order: dict[str, Any], *, by: UUID, now: datetime) -> tuple[dict[str, Any], UUID | None]:
    """Take a voided ticket off the queue, since someone has seen it; return the order's row and the bump's id, None
    where there was nothing to see."""
    mark = session.execute(_MARK, {"of_order": order["id"]}).first()
    if mark is None or mark.voided_at is None or mark.seen_at is not None:
        return order, None
    _set(session, order, mark, {"seen_at": now, "seen_by": by})
    order = orders.note_progress(session, order, now=now)
    bump_id = new_id()
    session.add(Bump(id=bump_id, store_id=order["store_id"], order_id=order["id"], kind="bump", rows=[], by=by, at=now))
    _tell(session, order, "seen", now)
    return order, bump_id


def _set(session: Session, order: Mapping[str, Any], mark: Any, values: dict[str, Any]) -> None:
    # Under the order's lock, so no other transaction makes the row meanwhile.
    if mark is None:
        session.execute(sa.insert(_MARKS), {"order_id": order["id"], "store_id": order["store_id"], **values})
    else:
        session.execute(sa.update(_MARKS).where(_MARKS.c.order_id == order["id"]).values(values))


def _tell(session: Session, order: Mapping[str, Any], mark: str, now: datetime) -> None:
    events.record(
        session,
        TicketMarked(
            subject_id=order["id"],
            happened_at=now,
            store_id=order["store_id"],
            version=order["version"],
            mark=mark,
        ),
    )
