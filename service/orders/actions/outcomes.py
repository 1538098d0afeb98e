"""What can become of a line that can't be made: another in its place, its money back, or the whole order cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...menu import actions as menu_actions
from ...menu.errors import SoldOut
from ...stores.rules import StoreFacts
from ..models import OrderLine
from ..rules.states import State
from .facts import OrderLinesChanged, about
from .life import step
from .lines import Replacement, add_up, open_lines, replace, strike
from .rework import give_back_work, lock_time, swap_work

_LINES: sa.Table = OrderLine.__table__  # type: ignore[assignment]


def lock_for(
    session: Session, order: Mapping[str, Any], store: StoreFacts, others: Sequence[Replacement], *, now: datetime
) -> None:
    """Lock what these lines could take, were they put into the locked order: time, then counted stock, each in
    primary-key order. Several lines can take from it then, in any order."""
    if others:
        lock_time(session, order, store, [other.work for other in others], now=now)
        menu_actions.lock_stock(session, (store.id, {other.item_id for other in others if other.counted_stock}))


def substitute(
    session: Session,
    order: dict[str, Any],
    store: StoreFacts,
    line: Mapping[str, Any],
    by: Replacement,
    *,
    reason: str,
    actor_id: UUID | None,
    now: datetime,
) -> bool:
    """Put another line in the place of one, with its time and its counted units; tell whether they could be had.

    Where they could not, nothing changes. The caller has locked both (`lock_for`).
    """
    units = {by.item_id: line["quantity"]} if by.counted_stock else {}
    savepoint = session.begin_nested()
    try:
        reworked = swap_work(session, order, store, before=line["work"] or {}, after=by.work, now=now)
        if reworked is None:
            savepoint.rollback()
            return False
        menu_actions.claim_stock(session, store_id=store.id, quantities=units, now=now)
    except SoldOut:
        savepoint.rollback()  # the time is given back
        return False
    savepoint.commit()
    order |= reworked
    replace(session, order, line, by, reason=reason, actor_id=actor_id, now=now)
    add_up(session, order, now=now)
    return True


def refund_line(
    session: Session,
    order: dict[str, Any],
    line: Mapping[str, Any],
    *,
    reason: str,
    actor_id: UUID | None,
    now: datetime,
) -> None:
    """Take a line out of the order, with its time and its price."""
    order |= give_back_work(session, order, line["work"] or {}, now=now)
    strike(session, order, line, reason=reason, actor_id=actor_id, now=now)
    add_up(session, order, now=now)


def tell_changed(
    session: Session, order: dict[str, Any], positions: Sequence[int], *, reason: str, now: datetime
) -> None:
    """Tell that these lines of a locked order were taken out or replaced; where none is left, the order is rejected.

    The last step of whatever changed them, and once for all of them: what is left may be made already, and then the
    order becomes ready in the reaction. `order` may be out of date after it.
    """
    changed = OrderLinesChanged(**about(order, now), positions=tuple(positions), reason=reason)
    events.record(session, changed)
    if not open_lines(session, order["id"]):
        end(session, order, State.REJECTED, reason=reason, now=now)


def cancel_for_line(
    session: Session, order: dict[str, Any], line: Mapping[str, Any], *, reason: str, now: datetime
) -> None:
    """Cancel the whole order because of a line, as its customer chose. What the line counted is not put back."""
    this = sa.and_(_LINES.c.order_id == order["id"], _LINES.c.position == line["position"])
    session.execute(sa.update(_LINES).where(this).values(counted_stock=False))
    end(session, order, State.CANCELLED, reason=reason, now=now)


def end(session: Session, order: dict[str, Any], state: State, *, reason: str, now: datetime) -> None:
    """End a locked order by itself: what it holds is given back."""
    order |= step(session, order, state, actor="system", actor_id=None, reason=reason, now=now)
