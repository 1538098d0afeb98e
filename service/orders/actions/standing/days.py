"""One day of a standing order: placed as its customer said, or what they said for when it can't be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from .... import events
from ....errors import NotFound, Refusal
from ....loyalty.rules.earning import Membership
from ....menu import actions as menu_actions
from ....stores.rules import StoreFacts
from ....wallet.errors import InsufficientBalance
from ...errors import ClientOrderIdTaken, NothingLeft, WindowFull
from ...models import Order, StandingOrder, StandingOrderDay
from ...queries.standing import schedule_of, store_of
from ...rules.client_ids import of_day
from ...rules.recurrence import instant_of
from ...rules.schedule import place_at
from .. import paying
from ..again import Had, usual_wish, what_can_be_had
from ..facts import StandingOrderAsked, StandingOrderPlaced, StandingOrderSkipped
from ..hold import Held, hold_promise, plan_under_lock
from ..keeping import INSERT_QUOTE, Draft, quote_row
from ..place import stock_of, write_order
from ..quote import as_they_stand, draft
from ..tendering import word_of
from .planning import plan_next
from .tenders import as_said, said_of_paying

BATCH = 50
MOST_DOUBLINGS = 12
LONGEST_WAIT = timedelta(hours=1)
ABOVE_CEILING = "above-ceiling"
TOO_LATE = "too-late"
NO_USUAL = "no-usual"
NO_TENDER = "no-tender"
BY_POLICY = "by-policy"

_STANDING: sa.Table = StandingOrder.__table__  # type: ignore[assignment]
_NAMED = sa.select(Order.id).where(
    Order.customer_id == sa.bindparam("whose"), Order.client_order_id == sa.bindparam("name")
)
_INSERT_DAY = sa.insert(StandingOrderDay.__table__)  # type: ignore[arg-type]


def due_standing_orders(session: Session, *, now: datetime) -> list[UUID]:
    """Return up to 50 standing orders that are due, the longest due first."""
    due = sa.select(_STANDING.c.id).where(_STANDING.c.due_at <= now)
    return list(session.scalars(due.order_by(_STANDING.c.due_at, _STANDING.c.id).limit(BATCH)))


def put_off_standing_order(session: Session, *, standing_order_id: UUID, now: datetime) -> bool:
    """Look again later at one that failed, farther apart each time: it must not hold up the others. And when the time
    of its day has come, to say that it is over."""
    standing = take_due(session, standing_order_id, now)
    if standing is None:
        return False
    standing.attempts += 1
    later = now + min(LONGEST_WAIT, timedelta(seconds=2 ** min(standing.attempts, MOST_DOUBLINGS)))
    pickup_at = _pickup_at(standing, store_of(session, standing))
    standing.due_at = min(later, pickup_at) if pickup_at is not None and pickup_at > now else later
    return True


def place_standing_order(session: Session, *, standing_order_id: UUID, quote_seconds: int, now: datetime) -> bool:
    """Place the day of a standing order that is due, or do what its customer said for when it can't be; once. Tell
    whether it was done here.

    What takes more than the price ceiling, or can't be paid as its customer said, is asked about: nothing is placed.
    """
    standing = take_due(session, standing_order_id, now)
    if standing is None:
        return False
    store, on = store_of(session, standing), standing.next_on
    pickup_at = _pickup_at(standing, store)
    coming = schedule_of(standing).next(store, now=now) if store is not None else None
    if store is None or on is None or pickup_at is None or (pickup_at > now and (coming is None or coming.on != on)):
        # Its usual has no store any more, or is of another, by another calendar.
        plan_next(session, standing, now=now)
        standing.version += 1
        return False
    if now < place_at(pickup_at, store, now):
        standing.due_at = place_at(pickup_at, store, now)  # the store needs less time than it did
        return False
    if pickup_at <= now:
        _done(session, standing, on, pickup_at, now, outcome="skipped", reason=TOO_LATE)
        return True
    plan_under_lock(session)
    return _Day(session, standing, on, pickup_at, store.id, quote_seconds, now).place()


def _pickup_at(standing: StandingOrder, store: StoreFacts | None) -> datetime | None:
    """Return the instant of the day that is next; None where there is none, or no store."""
    if store is None or standing.next_on is None:
        return None
    return instant_of(standing.next_on, standing.at, store.timezone)


def take_due(session: Session, standing_order_id: UUID, now: datetime) -> StandingOrder | None:
    """Return the standing order, locked, where it is still due; None where it isn't, or another worker has it now.

    Looked at under the lock: what another worker did meanwhile is seen. On SQLite writers take turns anyway.
    """
    mine = sa.select(StandingOrder).where(StandingOrder.id == standing_order_id, StandingOrder.due_at <= now)
    return session.scalars(mine.with_for_update(skip_locked=True)).first()


class _Day:
    """A day that is due: what of the usual can be had for it, at which price, and what follows."""

    def __init__(
        self,
        session: Session,
        standing: StandingOrder,
        on: date,
        pickup_at: datetime,
        store_id: UUID,
        quote_seconds: int,
        now: datetime,
    ) -> None:
        self._session, self._standing, self._on, self._pickup_at = session, standing, on, pickup_at
        self._store_id, self._now, self._expires_at = store_id, now, now + timedelta(seconds=quote_seconds)

    def place(self) -> bool:
        """Place it, ask, or leave the day out."""
        standing = self._standing
        try:
            wish = usual_wish(self._session, customer_id=standing.customer_id, usual_id=standing.usual_id)
        except NotFound:
            return self._ask(NO_USUAL)
        self._store, self._menu, self._said, member = as_they_stand(
            self._session, self._store_id, standing.customer_id, None
        )
        wish = replace(wish, chosen={**wish.chosen, "price_ceiling": self._ceiling()})
        had = what_can_be_had(self._store, self._menu, self._said, wish, at=self._pickup_at, now=self._now)
        left_out = self._left_out(had)
        if left_out is not None:
            return left_out
        try:
            if had.basket is None:
                raise NothingLeft(had.lines)
            return self._place(had, {**had.basket, **said_of_paying(standing)}, member)
        except Refusal as refusal:
            return self._can_not(refusal.slug(), had)

    def _place(self, had: Had, basket: Mapping[str, Any], member: Membership | None) -> bool:
        """Place it, or ask where it can't be paid as was said. Raises what a quote and its placing raise."""
        customer_id = self._standing.customer_id
        try:
            tender = word_of(self._session, basket, self._said, customer_id=customer_id, grant_id=None)
        except NotFound:  # a card that the standing order names is gone
            return self._ask(NO_TENDER, had)
        made = draft(
            self._session,
            self._store,
            self._menu,
            self._said,
            basket,
            customer_id=customer_id,
            member=member,
            tender=tender,
            replaces_order_id=None,
            now=self._now,
        )
        costs = made.document["totals"]["total"]
        try:
            paid = as_said(self._session, made, self._said, basket, customer_id=customer_id)
            if paid is None:
                return self._ask(NO_TENDER, had, costs)
            costs = paid.document.get("to_pay", costs)
            if made.document["price_ceiling"]["needs_yes"] or costs["amount_minor"] > self._standing.ceiling_minor:
                return self._ask(ABOVE_CEILING, had, costs)
            return self._post(paid, basket)
        except InsufficientBalance as refusal:
            return self._ask(refusal.slug(), had, costs)

    def _ceiling(self) -> dict[str, Any]:
        standing = self._standing
        return {"amount_minor": standing.ceiling_minor, "currency": standing.ceiling_currency}

    def _left_out(self, had: Had) -> bool | None:
        """Do what the customer said for lines that can't be had as they were; None where all can, or where it is to go
        on without them, or with what their policy put in their place."""
        missing = [line for line in had.lines if line["status"] == "unavailable"]
        replaced = [line for line in had.lines if line["rank"] is not None]
        if not missing and not replaced:
            return None
        if self._standing.if_unmakeable != "substitute":
            return self._can_not((missing or replaced)[0]["reason"] or BY_POLICY, had)
        said = {had.policies[line["position"]] for line in missing}
        if "cancel_order" in said:
            return self._skip(missing[0]["reason"])
        return None if said <= {"refund_line"} else self._ask(missing[0]["reason"], had)

    def _can_not(self, reason: str, had: Had) -> bool:
        return self._skip(reason) if self._standing.if_unmakeable == "skip" else self._ask(reason, had)

    def _post(self, made: Draft, basket: Mapping[str, Any]) -> bool:
        """Claim time and stock and place the order; its quote is kept beside it, as for any order.

        Raises ClientOrderIdTaken, WindowFull, SoldOut, InsufficientBalance, NotFound.
        """
        row = quote_row(
            made,
            self._store,
            self._menu,
            self._said,
            basket,
            customer_id=self._standing.customer_id,
            replaces_order_id=None,
            grant_id=None,
            expires_at=self._expires_at,
            now=self._now,
        )
        plain = orjson.loads(orjson.dumps({name: row[name] for name in _DOCUMENTS}, option=orjson.OPT_UTC_Z))
        quote = SimpleNamespace(**{**row, **plain})
        standing, name = self._standing, order_name(self._standing.id, self._on)
        taken = self._session.scalar(_NAMED, {"whose": standing.customer_id, "name": name})
        if taken is not None:  # by an app: its key would refuse the day however often it is tried
            raise ClientOrderIdTaken(taken)
        held, tenders = self._held(quote)
        if held is None:  # its seconds went to others after the look, and all that could be had instead is locked
            raise WindowFull(None)
        values = _planned(self._session, standing, self._on, self._now)
        order = write_order(self._session, quote, name, held, self._now, tenders=tenders)
        self._session.connection().execute(INSERT_QUOTE, row)
        _write_day(self._session, standing, self._on, self._pickup_at, self._now, values, order_id=order["id"])
        return True

    def _held(self, quote: Any) -> tuple[Held | None, list[dict[str, Any]]]:
        # A savepoint: where stock or money isn't there, the day is asked about or left out; no time may stay claimed.
        with self._session.begin_nested() as savepoint:
            held = hold_promise(self._session, quote, now=self._now)
            if held is None:
                savepoint.rollback()
                return None, []
            quantities = stock_of(quote.plan)
            menu_actions.claim_stock(self._session, store_id=quote.store_id, quantities=quantities, now=self._now)
            # No request waits for the bank: the worker asks it in its next look, as soon as this is committed.
            fire_at, now = held.fire_at, self._now
            tenders = paying.reserve(self._session, quote, fire_at=fire_at, now=now, asked_at=now)
        return held, tenders

    def _ask(self, reason: str, had: Had | None = None, costs: Mapping[str, Any] | None = None) -> bool:
        detail = {"lines": had.lines if had is not None else None, "total": costs}
        return self._not_placed("asked", reason, detail)

    def _skip(self, reason: str) -> bool:
        return self._not_placed("skipped", reason, None)

    def _not_placed(self, outcome: str, reason: str, detail: dict[str, Any] | None) -> bool:
        _done(
            self._session,
            self._standing,
            self._on,
            self._pickup_at,
            self._now,
            outcome=outcome,
            reason=reason,
            detail=detail,
        )
        return True


_DOCUMENTS = ("document", "plan", "basket")


def order_name(standing_order_id: UUID, on: date) -> str:
    """Return the client order id of a day's order, by which its customer's app finds it."""
    return of_day(standing_order_id, on)


def _done(session: Session, standing: StandingOrder, on: date, pickup_at: datetime, now: datetime, **day: Any) -> None:
    _write_day(session, standing, on, pickup_at, now, _planned(session, standing, on, now), **day)


def _planned(session: Session, standing: StandingOrder, on: date, now: datetime) -> dict[str, Any]:
    """Return the columns of a standing order whose day is done: when it is looked at next."""
    standing.done_on, standing.version = on, standing.version + 1
    with session.no_autoflush:  # what is planned is written at the end, where nothing is read any more
        plan_next(session, standing, now=now)
    values = {name: getattr(standing, name) for name in ("done_on", "next_on", "due_at", "attempts", "version")}
    session.expunge(standing)
    return values


def _write_day(
    session: Session,
    standing: StandingOrder,
    on: date,
    pickup_at: datetime,
    now: datetime,
    values: Mapping[str, Any],
    *,
    outcome: str = "placed",
    reason: str | None = None,
    order_id: UUID | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write what became of the day; where another worker wrote it first, all of this is undone by its key."""
    connection = session.connection()
    connection.execute(
        _INSERT_DAY,
        {
            "standing_order_id": standing.id,
            "on_date": on,
            "outcome": outcome,
            "reason": reason,
            "order_id": order_id,
            "pickup_at": pickup_at,
            "detail": detail,
            "happened_at": now,
        },
    )
    connection.execute(sa.update(_STANDING).where(_STANDING.c.id == standing.id).values(values))
    told: dict[str, Any] = {"subject_id": standing.id, "happened_at": now, "on": on, "pickup_at": pickup_at}
    if order_id is not None:
        events.record(session, StandingOrderPlaced(**told, order_id=order_id))
    elif outcome == "asked":
        events.record(session, StandingOrderAsked(**told, reason=reason or ""))
    else:
        events.record(session, StandingOrderSkipped(**told, reason=reason or ""))
