"""What becomes of a ticket whose lines change while it is made."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...orders import actions as orders
from ...orders import queries as order_queries
from ...orders.actions.facts import OrderLinesChanged
from ...orders.rules.states import State
from .. import queries
from ..models import LineStation
from ..rules import rows as rules


def follow_lines(session: Session, fact: OrderLinesChanged) -> None:
    """Let a line that took another's place begin anew at its stations: what was done, was done for the other one. An
    order of which all that is left is done becomes ready: nobody would bump it any more. The reaction to lines that
    changed."""
    of_lines = sa.and_(LineStation.order_id == fact.subject_id, LineStation.position.in_(fact.positions))
    session.execute(sa.delete(LineStation).where(of_lines))
    order = orders.lock_order_to_make(session, order_id=fact.subject_id, store_id=fact.store_id)
    if order["state"] != State.IN_PREPARATION:
        return
    rows = queries.rows_to_make(session, order, queries.kept_rows(session, order_id=fact.subject_id))
    if not rows or rules.state_asked_for(State.IN_PREPARATION, rows) is not State.READY:
        return
    if order_queries.asked_lines(session, order_id=fact.subject_id):
        return  # something of it can't be handed over: its customer's answer says what becomes of that
    orders.advance_order(session, order, to=State.READY, actor_id=None, now=fact.happened_at)
