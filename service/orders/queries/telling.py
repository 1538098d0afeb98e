"""Orders and days of standing orders, as their customer is told of them elsewhere than in the app."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Order, OrderAsk, OrderTransition, StandingOrder, StandingOrderDay
from ..rules.states import ENDED, State
from .standing import store_of

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_ASKS: sa.Table = OrderAsk.__table__  # type: ignore[assignment]
_STEPS: sa.Table = OrderTransition.__table__  # type: ignore[assignment]
_STANDING: sa.Table = StandingOrder.__table__  # type: ignore[assignment]
_DAYS: sa.Table = StandingOrderDay.__table__  # type: ignore[assignment]
_IDS: sa.BindParameter[UUID] = sa.bindparam("ids", expanding=True)
_WHOSE = sa.select(_ORDERS.c.id, _ORDERS.c.customer_id).where(_ORDERS.c.id.in_(_IDS), _ORDERS.c.forgotten_at.is_(None))
_WHOSE_STANDING = sa.select(_STANDING.c.id, _STANDING.c.customer_id).where(_STANDING.c.id.in_(_IDS))


def customers_of(session: Session, *, order_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return by order whose it is; nobody's are left out."""
    return {row.id: row.customer_id for row in session.execute(_WHOSE, {"ids": list(order_ids)})} if order_ids else {}


def customers_of_standing(session: Session, *, standing_order_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return by standing order whose it is."""
    ids = list(standing_order_ids)
    return {row.id: row.customer_id for row in session.execute(_WHOSE_STANDING, {"ids": ids})} if ids else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOrder:
    """What there is to tell of an order; `proposal` is the number of the window that is proposed for it."""

    customer_id: UUID
    code: str
    state: State
    store_name: str
    timezone: str
    window_starts_at: datetime | None
    proposal: int | None
    end_reason: str | None

    @property
    def is_open(self) -> bool:
        """Tell whether it hasn't ended."""
        return self.state not in ENDED


_TOLD = sa.select(
    _ORDERS.c.customer_id,
    _ORDERS.c.code,
    _ORDERS.c.state,
    _ORDERS.c.store_name,
    _ORDERS.c.timezone,
    _ORDERS.c.window_starts_at,
    _ORDERS.c.proposal,
    _ORDERS.c.end_reason,
).where(_ORDERS.c.id == sa.bindparam("order_id"), _ORDERS.c.forgotten_at.is_(None))


def order_to_tell(session: Session, *, order_id: UUID) -> ToldOrder | None:
    """Return what there is to tell of an order now, None where it is nobody's any more."""
    row = session.execute(_TOLD, {"order_id": order_id}).mappings().first()
    return ToldOrder(**{**row, "state": State(row["state"])}) if row is not None else None


def last_actor(session: Session, *, order_id: UUID) -> str:
    """Return who took the last step of an order: customer, staff or system."""
    last = sa.select(_STEPS.c.actor).where(_STEPS.c.order_id == order_id).order_by(_STEPS.c.id.desc()).limit(1)
    return str(session.scalar(last))


def may_be_remade(session: Session, *, order_id: UUID) -> bool:
    """Tell whether an order is made once more if nobody comes for it and its customer says that they are there then."""
    still = sa.and_(_ORDERS.c.if_not_collected == "remake_once", _ORDERS.c.remade_at.is_(None))
    return session.scalar(sa.select(_ORDERS.c.id).where(_ORDERS.c.id == order_id, still)) is not None


def was_ended_by_customer(session: Session, *, order_id: UUID) -> bool:
    """Tell whether the last step of an order was one that its customer, or somebody for them, took: they cancelled it,
    or answered that a line that can't be made cancels it."""
    last = sa.select(_STEPS.c.actor, _STEPS.c.happened_at).where(_STEPS.c.order_id == order_id)
    step = session.execute(last.order_by(_STEPS.c.id.desc()).limit(1)).one()
    if step.actor == "customer":
        return True
    answered = sa.and_(
        _ASKS.c.order_id == order_id,
        _ASKS.c.answer == "cancel_order",
        _ASKS.c.answered_by == "customer",
        _ASKS.c.answered_at == step.happened_at,
    )
    return bool(session.scalar(sa.select(sa.exists().where(answered))))


def open_deadline(session: Session, *, order_id: UUID, number: int) -> datetime | None:
    """Return until when a question about an order waits for its answer, None where it waits no more."""
    waits = sa.select(_ASKS.c.deadline_at).where(
        _ASKS.c.order_id == order_id, _ASKS.c.number == number, _ASKS.c.answered_at.is_(None)
    )
    return session.scalar(waits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldDay:
    """What there is to tell of a day of a standing order; the store is none where it is gone."""

    customer_id: UUID
    outcome: str
    order_id: UUID | None
    pickup_at: datetime
    store_name: str | None
    timezone: str | None


def day_to_tell(session: Session, *, standing_order_id: UUID, on: date) -> ToldDay | None:
    """Return what there is to tell of a day, None where the standing order is gone, or nothing became of the day."""
    standing = session.get(StandingOrder, standing_order_id)
    day = session.execute(
        sa.select(_DAYS).where(_DAYS.c.standing_order_id == standing_order_id, _DAYS.c.on_date == on)
    ).first()
    if standing is None or day is None:
        return None
    store = store_of(session, standing)
    return ToldDay(
        customer_id=standing.customer_id,
        outcome=day.outcome,
        order_id=day.order_id,
        pickup_at=day.pickup_at,
        store_name=store.name if store is not None else None,
        timezone=store.timezone if store is not None else None,
    )
