"""Staff give money back: by units of a line or by amount, never more than was paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...errors import Invalid
from ..errors import NothingToRefund, OwnOrder
from ..rules.totals import LineRefund, SoldLine, refund_amount, refund_units
from . import paying
from .delegated import is_own
from .give_back import refund_lines, sold_lines
from .life import lock_order_of_stores


def refund_order(
    session: Session,
    *,
    order_id: UUID,
    store_ids: frozenset[UUID] | None,
    lines: Sequence[dict[str, int]] | None,
    amount_minor: int | None,
    reason: str,
    actor_id: UUID,
    now: datetime,
) -> dict[str, Any]:
    """Give back units of lines (`position`, `quantity`) or an amount in the order's currency; exactly one of both.

    Raises NotFound, OwnOrder, Invalid, NothingToRefund.
    """
    order = lock_order_of_stores(session, order_id, store_ids)
    if is_own(order, actor_id):
        raise OwnOrder()
    left_minor, _ = paying.left(session, order)
    sold = sold_lines(session, order_id)
    if amount_minor is not None:
        if amount_minor > left_minor:
            raise NothingToRefund(left_minor)
        parts = refund_amount(list(sold.values()), amount_minor)
    else:
        parts = _units(sold, lines or ())
        if not 0 < sum(part.amount_minor for part in parts) <= left_minor:
            raise NothingToRefund(left_minor)
    # What is still due becomes less before anything goes back: else it would be both.
    of_due = order["ended_at"] is None
    return refund_lines(session, order, parts, reason=reason, actor_id=actor_id, of_due=of_due, now=now)


def _units(sold: dict[int, SoldLine], wanted: Sequence[dict[str, int]]) -> list[LineRefund]:
    errors: dict[str, list[str]] = {}
    positions = [entry["position"] for entry in wanted]
    for index, entry in enumerate(wanted):
        line = sold.get(entry["position"])
        if line is None or positions.count(entry["position"]) > 1:
            errors[f"lines.{index}.position"] = ["The order has no such line, or it is named twice."]
        elif entry["quantity"] > line.quantity - line.refunded_quantity:
            errors[f"lines.{index}.quantity"] = [
                f"{line.quantity - line.refunded_quantity} of this line are left to refund."
            ]
    if errors:
        raise Invalid(errors)
    return [refund_units(sold[entry["position"]], entry["quantity"]) for entry in wanted]
