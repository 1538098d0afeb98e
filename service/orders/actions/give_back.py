"""What goes back of an order: recorded by line, never more than was paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from ..models import Order, OrderLine, Refund
from ..queries.earning import rewards_over
from ..queries.tenders import refund_document
from ..rules.basket import money
from ..rules.totals import LineRefund, SoldLine, refund_amount, refund_units
from . import paying
from .facts import OrderRefunded, about

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_LINES: sa.Table = OrderLine.__table__  # type: ignore[assignment]


def refund_rest(
    session: Session, order: Mapping[str, Any], *, reason: str, actor_id: UUID | None, now: datetime
) -> int:
    """Give back all that is left of what was paid for a locked order, by its lines' allocations; return its version
    then. Nothing happens where nothing is left."""
    left_minor, tip_minor = paying.left(session, order)
    if not left_minor and not tip_minor:
        return int(order["version"])
    parts = refund_amount(list(sold_lines(session, order["id"]).values()), left_minor) if left_minor else []
    refund_lines(session, order, parts, tip_minor=tip_minor, reason=reason, actor_id=actor_id, now=now)
    return int(order["version"]) + 1


def rest_of_line(session: Session, order_id: UUID, position: int, *, keep_minor: int = 0) -> LineRefund:
    """Return what is to be given back so that `keep_minor` stay paid for a line: by default all that is left of it."""
    line = sold_lines(session, order_id)[position]
    if keep_minor == 0:
        return refund_units(line, line.quantity - line.refunded_quantity)
    parts = refund_amount([line], max(0, line.left_minor - keep_minor))
    return parts[0] if parts else LineRefund(position, 0, 0, 0)


def sold_lines(session: Session, order_id: UUID) -> dict[int, SoldLine]:
    """Return the order's lines as they were sold, by position, with what was refunded of them."""
    columns = (
        _LINES.c.position,
        _LINES.c.quantity,
        _LINES.c.paid_minor,
        _LINES.c.tax_minor,
        _LINES.c.refunded_minor,
        _LINES.c.refunded_quantity,
    )
    rows = session.execute(sa.select(*columns).where(_LINES.c.order_id == order_id).order_by(_LINES.c.position))
    return {row.position: SoldLine(*row) for row in rows}


def refund_lines(
    session: Session,
    order: Mapping[str, Any],
    parts: Sequence[LineRefund],
    *,
    reason: str,
    actor_id: UUID | None,
    now: datetime,
    tip_minor: int = 0,
    of_due: bool = False,
) -> dict[str, Any]:
    """Give back these parts of a locked order's lines; nobody (None) did where the customer had chosen it before.

    Who paid gets it back, the last of the tenders first; `tip_minor` of the tip, apart. With `of_due` what is still to
    be paid at pickup becomes less.
    """
    amount, currency = sum(part.amount_minor for part in parts), order["currency"]
    refund = Refund(
        id=new_id(),
        order_id=order["id"],
        amount_minor=amount,
        tax_minor=sum(part.tax_minor for part in parts),
        tip_minor=tip_minor,
        units=sum(part.quantity for part in parts),
        reason=reason,
        refunded_by=actor_id,
        lines=[_line_document(part, currency) for part in parts],
        created_at=now,
    )
    over = _rewards_over(session, order)
    version = _note(session, order, parts, amount, now)
    refund.rewards = [each for each in _rewards_over(session, order) if each not in over] or None
    refund.tenders = paying.give_back(session, order, amount_minor=amount, tip_minor=tip_minor, of_due=of_due, now=now)
    session.add(refund)
    about_it = about(order, now, version=version)
    events.record(session, OrderRefunded(**about_it, amount_minor=amount + tip_minor, currency=currency))
    return refund_document(refund, currency)


def _rewards_over(session: Session, order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rewards in an order of whose lines nothing is left, as a refund shows them."""
    if order["rewards"] is None:
        return []
    over = {str(each) for each in rewards_over(session, order_id=order["id"])}
    shown = ("redemption_id", "label", "stars")
    return [{name: each[name] for name in shown} for each in order["rewards"] if each["redemption_id"] in over]


def _note(
    session: Session, order: Mapping[str, Any], parts: Sequence[LineRefund], amount_minor: int, now: datetime
) -> int:
    """Note on the lines and the order what is given back; return the order's version then."""
    for part in parts:
        session.execute(
            sa.update(_LINES)
            .where(_LINES.c.order_id == order["id"], _LINES.c.position == part.position)
            .values(
                refunded_minor=_LINES.c.refunded_minor + part.amount_minor,
                refunded_quantity=_LINES.c.refunded_quantity + part.quantity,
            )
        )
    version = int(order["version"]) + 1
    session.execute(
        sa.update(_ORDERS)
        .where(_ORDERS.c.id == order["id"])
        .values(refunded_minor=_ORDERS.c.refunded_minor + amount_minor, version=version, updated_at=now)
    )
    return version


def _line_document(part: LineRefund, currency: str) -> dict[str, Any]:
    return {
        "position": part.position,
        "quantity": part.quantity,
        "amount": money(part.amount_minor, currency),
        "tax": money(part.tax_minor, currency),
    }
