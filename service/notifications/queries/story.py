"""What is so now of what a fact told, as far as there is still something to tell."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ...events import Recorded
from ...loyalty import queries as loyalty
from ...orders import queries as orders
from ...orders.queries import ToldOrder
from ...orders.rules import wording
from ...orders.rules.states import IN_QUEUE, State
from ...wallet import queries as wallet
from ..rules.moments import OF_LOADS, OF_STANDING_ORDERS, OF_STARS
from ..rules.wording import Story


def story_of(session: Session, fact: Recorded, moment: str, *, customer_id: UUID, now: datetime) -> Story | None:
    """Return what to tell of the moment; None where it isn't so any more: the order ended or went on, the question was
    answered, the day was decided, the stars were spent, the rule was changed, or it belongs to nobody since it was
    forgotten."""
    if fact.name in OF_STARS:
        return _of_stars(session, fact, customer_id, now)
    if fact.name in OF_LOADS:
        is_so = wallet.is_still_refused(session, load_id=fact.subject_id, customer_id=customer_id)
        return Story() if is_so else None
    if fact.name in OF_STANDING_ORDERS:
        return _of_day(session, fact, moment, customer_id, now)
    order = orders.order_to_tell(session, order_id=fact.subject_id)
    if order is None or order.customer_id != customer_id:
        return None
    at = _at(session, fact, moment, order, now)
    if not _is_so(session, fact, moment, order, at):
        return None
    return Story(
        code=order.code,
        store_name=order.store_name,
        timezone=order.timezone,
        at=at,
        ending=order.state.value,
        given=_given(fact),
    )


def _given(fact: Recorded) -> str | None:
    """Return in words what a missed promise gave in money, None for nothing."""
    amount = {name: fact.payload.get(name) for name in ("amount_minor", "currency")}
    if fact.name != "PromiseMissed" or not amount["amount_minor"]:
        return None
    return wording.money_text(amount, wording.locale_of(None))


def _at(session: Session, fact: Recorded, moment: str, order: ToldOrder, now: datetime) -> datetime | None:
    """Return the instant that the moment is about."""
    if moment == "question":
        deadline = orders.open_deadline(session, order_id=fact.subject_id, number=fact.payload["number"])
        return deadline if deadline is not None and deadline > now else None
    if moment in {"window_moved", "promise_missed"}:
        return datetime.fromisoformat(fact.payload["window_starts_at"])
    return order.window_starts_at


def _is_so(session: Session, fact: Recorded, moment: str, order: ToldOrder, at: datetime | None) -> bool:
    if moment == "window_moved":
        return bool(order.proposal == fact.payload["number"])
    if moment == "ended":
        is_it = order.state.value == fact.payload["state"]
        return is_it and not orders.was_ended_by_customer(session, order_id=fact.subject_id)
    is_so = {
        "started": order.state in IN_QUEUE - {State.READY},
        "ready": order.state is State.READY,
        "question": order.is_open and at is not None,
        "promise_missed": order.is_open or _given(fact) is not None,
        "lines_changed": order.is_open,
    }
    return is_so.get(moment, True)  # money that was given stays so


def _of_day(session: Session, fact: Recorded, moment: str, customer_id: UUID, now: datetime) -> Story | None:
    on = date.fromisoformat(fact.payload["on"])
    day = orders.day_to_tell(session, standing_order_id=fact.subject_id, on=on)
    if day is None or day.customer_id != customer_id or f"standing_{day.outcome}" != moment or day.pickup_at <= now:
        return None
    code = None
    if day.order_id is not None:
        order = orders.order_to_tell(session, order_id=day.order_id)
        if order is None or (day.outcome == "placed" and not order.is_open):
            return None
        code = order.code
    return Story(code=code, store_name=day.store_name, timezone=day.timezone, at=day.pickup_at)


def _of_stars(session: Session, fact: Recorded, customer_id: UUID, now: datetime) -> Story | None:
    at = datetime.fromisoformat(fact.payload["expires_at"])
    left = loyalty.stars_expiring(session, member_id=fact.subject_id, customer_id=customer_id, at=at)
    if not left or at <= now:
        return None
    zone = loyalty.programme_at(session, at=now).timezone
    return Story(stars=left, timezone=zone, at=at, until=at)
