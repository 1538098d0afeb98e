"""Staff give back: units of a line, an amount, the tip; never more than was paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...errors import Invalid
from ..errors import NothingToRefund, OwnOrder
from ..rules.aftermath import was_sold
from ..rules.states import State
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
    tip_minor: int | None = None,
) -> dict[str, Any]:
    """Give back units of lines (`position`, `quantity`) or an amount in the order's currency, one of both at most; and
    a part of the tip, or that alone. Units that rewards made free give back no money, only their stars.

    Raises NotFound, OwnOrder, Invalid, NothingToRefund.
    """
    order = lock_order_of_stores(session, order_id, store_ids)
    if is_own(order, actor_id):
        raise OwnOrder()
    left_minor, tip_left_minor = paying.left(session, order)
    tip_minor = tip_minor or 0
    sold = sold_lines(session, order_id)
    parts = refund_amount(list(sold.values()), amount_minor) if amount_minor else _units(sold, lines or ())
    amount_minor = sum(part.amount_minor for part in parts)
    for_nothing = parts and not amount_minor
    if for_nothing and not (was_sold(State(order["state"]), order["fired_at"]) and _are_free(sold, parts)):
        raise NothingToRefund(left_minor, tip_left_minor)
    if amount_minor > left_minor or tip_minor > tip_left_minor:
        raise NothingToRefund(left_minor, tip_left_minor)
    return refund_lines(
        session,
        order,
        parts,
        tip_minor=tip_minor,
        reason=reason,
        actor_id=actor_id,
        # What is still due becomes less before anything goes back: else it would be both.
        of_due=order["ended_at"] is None,
        now=now,
    )


def _are_free(sold: dict[int, SoldLine], parts: Sequence[LineRefund]) -> bool:
    """Tell whether these lines cost nothing, as against lines that were given back before."""
    return all(sold[part.position].paid_minor == 0 for part in parts)


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
