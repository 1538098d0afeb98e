"""What a customer says of a standing order: its usual, its days, its price ceiling, and what to leave out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ....db import new_id
from ....errors import Invalid, NotFound, VersionMismatch
from ....payments import queries as payments
from ....preferences import queries as preferences
from ....preferences.actions.facts import UsualChanged
from ....stores import queries as stores
from ....stores.rules import StoreFacts
from ... import queries
from ...errors import DayDone, TooManyStandingOrders
from ...models import StandingOrder
from ...rules.recurrence import HORIZON, InvalidRecurrence, read_recurrence
from ...rules.schedule import MOST_SKIPS, MOST_STANDING_ORDERS
from ...rules.tenders import require_sound
from .planning import plan_next


def start_standing_order(session: Session, *, customer_id: UUID, now: datetime, **said: Any) -> UUID:
    """Let a usual of the customer's be ordered on the days that they say; `said` as in `change_standing_order`.

    Raises Invalid, TooManyStandingOrders.
    """
    taken = set(session.scalars(sa.select(StandingOrder.number).where(StandingOrder.customer_id == customer_id)))
    free = sorted(set(range(1, MOST_STANDING_ORDERS + 1)) - taken)
    if not free:
        raise TooManyStandingOrders(MOST_STANDING_ORDERS)
    standing = StandingOrder(
        id=new_id(),
        customer_id=customer_id,
        number=free[0],  # where another took it meanwhile, the unique key says so, and this runs again
        skips=[],
        version=1,
        created_at=now,
    )
    _say(session, standing, now=now, **said)
    session.add(standing)
    return standing.id


def change_standing_order(
    session: Session, *, customer_id: UUID, standing_order_id: UUID, expected_version: int, now: datetime, **said: Any
) -> None:
    """Say the customer's standing order anew: `usual_id`, `store_id`, `recurrence`, `starts_on`, `at`, `price_ceiling`,
    `if_unmakeable`, `pause`, `tenders` and `tip` as a quote takes them. A day that something became of stays done.

    Raises NotFound, VersionMismatch, Invalid.
    """
    standing = _locked(session, customer_id, standing_order_id, expected_version)
    _say(session, standing, now=now, **said)
    standing.version += 1


def _say(
    session: Session,
    standing: StandingOrder,
    *,
    usual_id: UUID,
    store_id: UUID | None,
    recurrence: str,
    starts_on: date | None,
    at: str,
    price_ceiling: Mapping[str, Any],
    if_unmakeable: str,
    pause: Mapping[str, Any] | None,
    tenders: Sequence[Mapping[str, Any]] | None = None,
    tip: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    standing.usual_id, standing.store_id = usual_id, store_id
    store = _store(session, standing)
    if price_ceiling["currency"] != store.currency:
        raise Invalid({"price_ceiling.currency": [f"This store's prices are in {store.currency}."]})
    today = now.astimezone(ZoneInfo(store.timezone)).date()
    standing.starts_on = starts_on or standing.starts_on or today
    _check_days(standing, recurrence, today)
    standing.recurrence, standing.at = recurrence, at
    standing.ceiling_minor, standing.ceiling_currency = price_ceiling["amount_minor"], price_ceiling["currency"]
    standing.if_unmakeable = if_unmakeable
    standing.paused_from = (pause["from_on"] or today) if pause is not None else None
    standing.paused_until = pause["until_on"] if pause is not None else None
    if standing.paused_from and standing.paused_until and standing.paused_until < standing.paused_from:
        raise Invalid({"pause.until_on": ["Not before the pause begins."]})
    standing.tenders = _that_can_pay(session, standing.customer_id, tenders) if tenders is not None else None
    standing.tip = dict(tip) if tip is not None else None
    standing.updated_at = now
    plan_next(session, standing, now=now)


def _that_can_pay(session: Session, customer_id: UUID, tenders: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return tenders as they are kept: sound, and each card the customer's own. Raises Invalid."""
    require_sound(tenders)
    for index, each in enumerate(tenders):
        try:
            if each["method_id"] is not None:
                payments.shown_method(session, customer_id=customer_id, method_id=each["method_id"])
        except NotFound as refusal:
            raise Invalid({f"tenders.{index}.method_id": ["You have no such card."]}) from refusal
    return [{**each, "method_id": str(each["method_id"]) if each["method_id"] else None} for each in tenders]


def _store(session: Session, standing: StandingOrder) -> StoreFacts:
    try:
        usual = preferences.usual_of(session, customer_id=standing.customer_id, usual_id=standing.usual_id)
    except NotFound as refusal:
        raise Invalid({"usual_id": ["You have no usual with this id."]}) from refusal
    store_id = standing.store_id or usual.store_id
    if store_id is None:
        raise Invalid({"store_id": ["This usual names no store: say at which."]})
    try:
        return stores.store_facts(session, store_id)
    except NotFound as refusal:
        raise Invalid({"store_id": ["There is none with this id."]}) from refusal


def _check_days(standing: StandingOrder, recurrence: str, today: date) -> None:
    """Refuse a rule that can't be followed or names no day, and a start too far off. Raises Invalid."""
    try:
        rule = read_recurrence(recurrence)
    except InvalidRecurrence as error:
        raise Invalid({"recurrence": [str(error)]}) from error
    if not today - HORIZON <= standing.starts_on <= today + timedelta(days=366):
        raise Invalid({"starts_on": ["From two years ago to a year from today."]})
    if next(rule.days(standing.starts_on, after=None, until=standing.starts_on + HORIZON), None) is None:
        raise Invalid({"recurrence": ["This names no day within two years of its start."]})


def end_standing_order(session: Session, *, customer_id: UUID, standing_order_id: UUID, expected_version: int) -> None:
    """End the customer's standing order; what it placed stays placed. Raises NotFound, VersionMismatch."""
    session.delete(_locked(session, customer_id, standing_order_id, expected_version))


def skip_day(session: Session, *, customer_id: UUID, standing_order_id: UUID, on: date, now: datetime) -> None:
    """Leave out one day. Raises NotFound, DayDone, Invalid."""
    standing = _locked(session, customer_id, standing_order_id, None)
    done = queries.day_done(session, standing_order_id=standing_order_id, on=on)
    if done is not None:
        raise DayDone(done.outcome, done.order_id)
    if standing.done_on is not None and on < standing.done_on:
        raise Invalid({"on": ["This day is over."]})
    kept = {day for day in standing.skips if standing.done_on is None or day > standing.done_on.isoformat()}
    if len(kept) >= MOST_SKIPS and on.isoformat() not in kept:
        raise Invalid({"on": [f"At most {MOST_SKIPS} days can be skipped ahead; pause it."]})
    _change_skips(session, standing, kept | {on.isoformat()}, now)


def unskip_day(session: Session, *, customer_id: UUID, standing_order_id: UUID, on: date, now: datetime) -> None:
    """Take a day in again that was left out. Raises NotFound."""
    standing = _locked(session, customer_id, standing_order_id, None)
    if on.isoformat() not in standing.skips:
        raise NotFound("skipped day")
    _change_skips(session, standing, set(standing.skips) - {on.isoformat()}, now)


def _change_skips(session: Session, standing: StandingOrder, skips: set[str], now: datetime) -> None:
    standing.skips = sorted(skips)
    standing.version, standing.updated_at = standing.version + 1, now
    plan_next(session, standing, now=now)


def _locked(
    session: Session, customer_id: UUID, standing_order_id: UUID, expected_version: int | None
) -> StandingOrder:
    # Locked: a worker may be placing its day just now, and of two changes from one version only one may find it.
    standing = session.get(StandingOrder, standing_order_id, with_for_update=True, populate_existing=True)
    if standing is None or standing.customer_id != customer_id:
        raise NotFound("standing order")
    if expected_version is not None and standing.version != expected_version:
        raise VersionMismatch(standing.version)
    return standing


def follow_usual(session: Session, fact: UsualChanged) -> None:
    """Plan the standing orders of a usual anew: it may be of another store now, in another zone. Those of one that is
    forgotten are at rest until they are said anew; where they have a store of their own, their customer is told on
    their next day."""
    of_usual = sa.select(StandingOrder).where(StandingOrder.usual_id == fact.subject_id).order_by(StandingOrder.id)
    # Locked in primary-key order: a worker may be placing one of them just now.
    for standing in session.scalars(of_usual.with_for_update()).all():
        plan_next(session, standing, now=fact.happened_at)
        standing.version += 1
