"""Acting for a customer under their grant: on what was placed under it, within the day's limit, logged with the act.

docs/grants.md says what holds. The limit is looked at under the grant's lock, so that no two acts spend the same room.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ParamSpec
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...accounts import actions as account_actions
from ...accounts.rules.grants import Acting
from ...errors import Invalid, NotFound
from .. import queries
from ..errors import DailyLimitReached, OtherCurrency
from ..models import Order

P = ParamSpec("P")
Shown = dict[str, Any]

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_COST = sa.select(_ORDERS.c.grant_id, _ORDERS.c.currency, _ORDERS.c.placed_at, queries.COST.label("cost_minor")).where(
    _ORDERS.c.id == sa.bindparam("order_id")
)
_COST_LOCKED = _COST.with_for_update()


def grant_of(acting: Acting | None) -> UUID | None:
    """Return the grant that somebody acts under, None for who acts for themselves."""
    return acting.grant_id if acting is not None else None


def doer(customer_id: UUID, acting: Acting | None) -> UUID:
    """Return who really does it: the customer, or who acts for them."""
    return acting.person_id if acting is not None else customer_id


def is_own(order: Mapping[str, Any], person_id: UUID) -> bool:
    """Tell whether the person ordered it, for themselves or for another (docs/decisions/0011)."""
    return person_id in (order["customer_id"], order["placed_by"])


def on_placed_order(action: Callable[P, Shown]) -> Callable[P, Shown]:
    """Let an action on an order be done under a grant (`acting`), where the order was placed under that grant.

    It is refused where the order costs more after it, and its day has no room for that. The act is logged under the
    action's name. Raises NotFound, DailyLimitReached, OtherCurrency, besides what the action raises.
    """

    @functools.wraps(action)
    def done(*args: P.args, **kwargs: P.kwargs) -> Shown:
        """Run the action under the grant, where there is one."""
        acting: Any = kwargs.get("acting")
        if acting is None:
            return action(*args, **kwargs)
        session: Any = args[0]
        order_id: Any = kwargs["order_id"]
        now: Any = kwargs["now"]
        account_actions.hold_grant(session, acting, now=now)
        before = _cost(session, order_id, acting, locked=True)  # what it costs must not change under the comparison
        shown = action(*args, **kwargs)
        after = _cost(session, order_id, acting)
        _require_room_after(session, acting, before, after)
        _record(session, acting, action.__name__, order_id, after, now)
        return shown

    return done


def _cost(session: Session, order_id: UUID, acting: Acting, *, locked: bool = False) -> Any:
    row = session.connection().execute(_COST_LOCKED if locked else _COST, {"order_id": order_id}).first()
    if row is None or row.grant_id != acting.grant_id:
        raise NotFound("order")
    return row


def _require_room_after(session: Session, acting: Acting, before: Any, after: Any) -> None:
    # The giver may have gone past the limit themselves: only what gets dearer now must fit.
    if after.cost_minor > before.cost_minor or after.currency != before.currency:
        spent_minor = _spent_minor(session, acting, after.currency, after.placed_at)
        _require(acting, spent_minor - after.cost_minor, after.cost_minor, after.placed_at)


def _record(session: Session, acting: Acting, operation: str, order_id: UUID, order: Any, now: datetime) -> None:
    account_actions.record_act(
        session,
        acting,
        operation=operation,
        order_id=order_id,
        amount_minor=order.cost_minor,
        currency=order.currency,
        now=now,
    )


def require_room(session: Session, acting: Acting, *, total_minor: int, currency: str, now: datetime) -> None:
    """Tell that an order of this total may be placed under the grant now. The caller holds the grant.

    Raises DailyLimitReached, OtherCurrency.
    """
    _require(acting, _spent_minor(session, acting, currency, now), total_minor, now)


def _spent_minor(session: Session, acting: Acting, currency: str, at: datetime) -> int:
    require_currency(acting, currency)
    assert acting.limit is not None  # as every grant that allows ordering
    return queries.spent_under(session, grant_id=acting.grant_id, limit=acting.limit, at=at)


def require_no_rewards(basket: Mapping[str, Any]) -> None:
    """Tell that nobody redeems for another. Raises Invalid."""
    if basket.get("rewards"):
        raise Invalid({"rewards": ["Only the customer themselves can use their rewards."]})


def require_currency(acting: Acting, currency: str) -> None:
    """Tell that the grant allows ordering in the currency. Raises OtherCurrency."""
    if acting.limit is None or acting.limit.currency != currency:
        raise OtherCurrency(acting.limit.currency if acting.limit is not None else None)


def _require(acting: Acting, spent_minor: int, total_minor: int, at: datetime) -> None:
    assert acting.limit is not None
    if spent_minor + total_minor > acting.limit.amount_minor:
        raise DailyLimitReached(
            acting.limit.currency,
            limit_minor=acting.limit.amount_minor,
            left_minor=max(0, acting.limit.amount_minor - spent_minor),
            resets_at=acting.limit.day_of(at)[1],
        )


def record_placing(session: Session, acting: Acting, order: Mapping[str, Any]) -> None:
    """Log that the order was placed under the grant."""
    account_actions.record_act(
        session,
        acting,
        operation="place_order",
        order_id=order["id"],
        amount_minor=order["total_minor"],
        currency=order["currency"],
        now=order["placed_at"],
    )
