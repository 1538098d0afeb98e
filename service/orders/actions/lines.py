"""Lines of a placed order: taken out, or with another in their place; the order adds up after each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Order, OrderLine
from ..rules.totals import LineMoney, totals
from . import paying
from .give_back import refund_lines, rest_of_line

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_LINES: sa.Table = OrderLine.__table__  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Replacement:
    """What takes a line's place: its document at the same position, and what it counts and costs.

    `rank` is the customer's, `number` its place among those that are left; `without_yes` says that it costs no more
    than it may where the customer isn't asked. `warnings` are told with it where they are.
    """

    item_id: UUID
    document: dict[str, Any]
    work: dict[str, int]
    counted_stock: bool
    money: LineMoney
    number: int
    rank: int
    without_yes: bool
    warnings: Sequence[dict[str, Any]] = ()


def open_lines(session: Session, order_id: UUID) -> list[dict[str, Any]]:
    """Return the lines that are still part of the order, in order."""
    rows = session.execute(
        sa.select(_LINES).where(_LINES.c.order_id == order_id, _LINES.c.struck_at.is_(None)).order_by(_LINES.c.position)
    )
    return [dict(row._mapping) for row in rows]


def may_cost(order: Mapping[str, Any], line: Mapping[str, Any], costs_minor: int) -> bool:
    """Tell whether what takes a line's place may cost so much: once the order is paid no more than is left of the line,
    since nobody would pay the difference."""
    return not paying.is_posted(order) or costs_minor <= line["paid_minor"] - line["refunded_minor"]


def strike(
    session: Session,
    order: dict[str, Any],
    line: Mapping[str, Any],
    *,
    reason: str,
    actor_id: UUID | None,
    now: datetime,
) -> None:
    """Take a line out of the order. Nothing is due for it any more; where it was paid, what is left of it is refunded.

    Its counted units are not put back: the store doesn't have them.
    """
    document = {**line["document"], "change": _change("struck", line, reason, now)}
    changes: dict[str, Any] = {"struck_at": now, "counted_stock": False}
    if paying.is_posted(order):
        _refund(session, order, line, keep_minor=0, reason=reason, actor_id=actor_id, now=now)
    else:
        nothing = {"amount_minor": 0, "currency": order["currency"]}
        document |= {"total": nothing, "tax": {**document["tax"], **nothing}}
        document.pop("discount", None)
        changes |= {"total_minor": 0, "tax_minor": 0, "paid_minor": 0}
    _update(session, line, {**changes, "document": document})


def replace(
    session: Session,
    order: dict[str, Any],
    line: Mapping[str, Any],
    by: Replacement,
    *,
    reason: str,
    actor_id: UUID | None,
    now: datetime,
) -> None:
    """Put another line in a line's place. Where it was paid the difference is refunded; else the order costs what the
    new one does."""
    change = _change("substituted", line, reason, now) | {"rank": by.rank}
    document = {**by.document, "change": change}
    changes = {"item_id": by.item_id, "counted_stock": by.counted_stock, "work": by.work}
    if paying.is_posted(order):
        # What was posted stays posted: the line keeps what was charged for it, and the difference is a refund.
        document |= {"total": line["document"]["total"], "tax": line["document"]["tax"]}
        _refund(session, order, line, keep_minor=by.money.paid_minor, reason=reason, actor_id=actor_id, now=now)
    else:
        changes |= {
            "total_minor": by.money.total_minor,
            "tax_minor": by.money.tax_minor,
            "paid_minor": by.money.paid_minor,
        }
    _update(session, line, {**changes, "document": document})


def _refund(
    session: Session, order: dict[str, Any], line: Mapping[str, Any], *, keep_minor: int, **refund: Any
) -> None:
    rest = rest_of_line(session, order["id"], line["position"], keep_minor=keep_minor)
    if rest.amount_minor:
        refund_lines(session, order, [rest], of_due=True, **refund)
        order |= {
            "version": order["version"] + 1,
            "refunded_minor": order["refunded_minor"] + rest.amount_minor,
        }


def _change(kind: str, line: Mapping[str, Any], reason: str, now: datetime) -> dict[str, Any]:
    was = line["document"]
    return {
        "kind": kind,
        "reason": reason,
        "at": now,
        "was": {
            "item": was["item"],
            "size": {"id": was["size"]["id"], "name": was["size"]["name"]},
            "total": was["total"],
        },
    }


def _update(session: Session, line: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    this = sa.and_(_LINES.c.order_id == line["order_id"], _LINES.c.position == line["position"])
    session.execute(sa.update(_LINES).where(this).values(changes))


def add_up(session: Session, order: dict[str, Any], *, now: datetime) -> None:
    """Bring the locked order's totals in line with its lines, and raise its version.

    `order` is brought up to date with it.
    """
    costs = sa.select(_LINES.c.total_minor, _LINES.c.tax_minor, _LINES.c.paid_minor)
    sums = totals([LineMoney(*row, 0) for row in session.execute(costs.where(_LINES.c.order_id == order["id"]))])
    changes = {
        "subtotal_minor": sums.subtotal_minor,
        "tax_minor": sums.tax_minor,
        "total_minor": sums.total_minor,
        "version": order["version"] + 1,
        "updated_at": now,
    }
    session.execute(sa.update(_ORDERS).where(_ORDERS.c.id == order["id"]).values(changes))
    order |= changes
    paying.follow_total(session, order)
