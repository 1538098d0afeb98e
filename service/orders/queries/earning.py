"""What is left of an order for which its customer paid: what stars are earned for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Order, OrderLine, OrderTender, WalkIn
from ..rules import rewards as rules
from ..rules.states import State
from .due import IS_OPEN

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_LINES: sa.Table = OrderLine.__table__  # type: ignore[assignment]
_LEFT = (
    sa.select(
        *(_ORDERS.c[name] for name in ("customer_id", "store_id", "currency", "tender", "timezone", "state")),
        _ORDERS.c.placed_at,
        _ORDERS.c.ended_at,
        _ORDERS.c.stars,
        (_ORDERS.c.total_minor - _ORDERS.c.refunded_minor).label("order_left_minor"),
        (_ORDERS.c.paid_minor - _ORDERS.c.refunded_minor).label("order_kept_minor"),
        _LINES.c.item_id,
        _LINES.c.quantity,
        _LINES.c.refunded_quantity,
        _LINES.c.total_minor,
        _LINES.c.paid_minor,
        _LINES.c.refunded_minor,
    )
    .join(_LINES, _LINES.c.order_id == _ORDERS.c.id)
    .where(_ORDERS.c.id == sa.bindparam("of_order"), _ORDERS.c.forgotten_at.is_(None), _LINES.c.struck_at.is_(None))
    .order_by(_LINES.c.position)
)


@dataclass(frozen=True, slots=True)
class PaidLine:
    """What is left of a line: pieces, and what they cost before tax that comes on top; refunds taken off both, and what
    a card that was refused too late didn't pay."""

    item_id: UUID
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOrder:
    """An order, and what is left of it; `picked_up_at` None where it wasn't picked up, `stars` (rules/stars.py) None
    where its customer was shown none."""

    order_id: UUID
    customer_id: UUID
    store_id: UUID
    currency: str
    tender: str
    timezone: str
    placed_at: datetime
    picked_up_at: datetime | None
    is_open: bool
    lines: tuple[PaidLine, ...]
    stars: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldAtCounter:
    """A walk-in that was handed over, for what the menu asked when it was registered. What is on no menu has no price
    here, and is no line."""

    store_id: UUID
    registered_at: datetime
    lines: tuple[PaidLine, ...]


def sold_at_counter(session: Session, *, walk_in_id: UUID) -> SoldAtCounter | None:
    """Return what a walk-in was sold, None before it is handed over and where it never was."""
    walk_in = session.execute(_SOLD, {"of_walk_in": walk_in_id}).first()
    if walk_in is None:
        return None
    lines = [line for line in walk_in.lines if line["document"] is not None]
    return SoldAtCounter(
        store_id=walk_in.store_id,
        registered_at=walk_in.registered_at,
        lines=tuple(
            PaidLine(UUID(line["document"]["item"]["id"]), line["quantity"], line.get("total_minor", 0))
            for line in lines
        ),
    )


_WALK_INS: sa.Table = WalkIn.__table__  # type: ignore[assignment]
_SOLD = sa.select(_WALK_INS.c.store_id, _WALK_INS.c.registered_at, _WALK_INS.c.lines).where(
    _WALK_INS.c.id == sa.bindparam("of_walk_in"),
    _WALK_INS.c.state == State.PICKED_UP.value,
    _WALK_INS.c.ended_at.is_not(None),
)


def paid_order(session: Session, *, order_id: UUID) -> PaidOrder | None:
    """Return what is left of an order that was not refunded, None where there is no such order."""
    rows = session.connection().execute(_LEFT, {"of_order": order_id}).all()
    if not rows:
        return None
    order = rows[0]
    return PaidOrder(
        order_id=order_id,
        **{name: getattr(order, name) for name in ("customer_id", "store_id", "currency", "tender", "timezone")},
        placed_at=order.placed_at,
        stars=order.stars,
        picked_up_at=order.ended_at if order.state == State.PICKED_UP else None,
        is_open=order.ended_at is None,
        lines=tuple(PaidLine(row.item_id, _pieces_left(row), _amount_left(row)) for row in rows),
    )


def stars_awaited(session: Session, customer_id: UUID, limit: int) -> list[tuple[UUID, Mapping[str, Any]]]:
    """Return up to `limit` of the customer's open orders, the newest first, each with the stars that its quote showed;
    those that were shown none are left out."""
    mine = sa.select(_ORDERS.c.id, _ORDERS.c.stars).where(
        _ORDERS.c.customer_id == customer_id, IS_OPEN, _ORDERS.c.stars.is_not(None)
    )
    rows = session.execute(mine.order_by(_ORDERS.c.id.desc()).limit(limit))
    return [(row.id, row.stars["shown"]) for row in rows]


def rewards_over(session: Session, *, order_id: UUID) -> list[UUID]:
    """Return the redemptions in an order of whose lines nothing is left: taken out, or given back whole."""
    kept = session.scalar(sa.select(_ORDERS.c.rewards).where(_ORDERS.c.id == order_id))
    if not kept:
        return []
    rows = session.execute(_REST, {"of_order": order_id})
    return rules.rewards_over(kept, [rules.LineLeft(row.position, _is_left(row)) for row in rows])


_REST = sa.select(
    *(_LINES.c[name] for name in ("position", "struck_at", "quantity", "refunded_quantity")),
    *(_LINES.c[name] for name in ("paid_minor", "refunded_minor")),
).where(_LINES.c.order_id == sa.bindparam("of_order"))


def _is_left(line: sa.Row[*tuple[Any, ...]]) -> bool:
    is_refunded = line.refunded_quantity == line.quantity or 0 < line.paid_minor == line.refunded_minor
    return line.struck_at is None and not is_refunded


def _pieces_left(line: sa.Row[*tuple[Any, ...]]) -> int:
    # Given back by amounts that come to all of it, no piece is left either.
    is_given_back = 0 < line.paid_minor == line.refunded_minor
    is_unpaid = line.state == State.PICKED_UP and line.order_kept_minor <= 0 < line.order_left_minor
    return 0 if is_given_back or is_unpaid else int(line.quantity - line.refunded_quantity)


def _amount_left(line: sa.Row[*tuple[Any, ...]]) -> int:
    # In proportion: what was given back holds its part of the tax.
    if line.paid_minor == 0:
        return 0
    left = line.total_minor * (line.paid_minor - line.refunded_minor) // line.paid_minor
    if line.state == State.PICKED_UP and line.order_kept_minor < line.order_left_minor:
        left = left * max(0, line.order_kept_minor) // line.order_left_minor
    return int(left)


def order_paid_by(session: Session, *, tender_id: UUID) -> UUID | None:
    """Return the order that a tender pays, None where there is none."""
    paid_by = sa.select(OrderTender.order_id).where(OrderTender.id == tender_id)
    return session.scalar(paid_by)
