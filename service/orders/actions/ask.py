"""Asking the customer about a line that can't be made: the question, the answer, and what holds without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...accounts.rules.grants import Acting
from ...errors import Invalid, NotFound
from ...menu import queries as menu_queries
from ...preferences import queries as preferences
from .. import queries
from ..errors import AlreadyMade, AskClosed, OfferGone
from ..models import Order, OrderAsk
from ..rules.aftermath import ask_deadline
from ..rules.basket import money
from ..rules.guarding import require_welcome
from ..rules.states import NOT_MADE, State
from ..rules.substitution import again
from ..rules.totals import LineMoney
from ..rules.weighing import amounts_of, require_below
from .delegated import grant_of, on_placed_order
from .facts import AskAnswered, CustomerAsked, about
from .life import lock_order_of_customer
from .lines import Replacement, may_cost, open_lines
from .outcomes import cancel_for_line, lock_for, refund_line, substitute, tell_changed
from .substitutes import is_wanted, lines_beside, sold_now
from .turn import take_turn

_ASKS: sa.Table = OrderAsk.__table__  # type: ignore[assignment]
_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_IS_OPEN = _ASKS.c.answered_at.is_(None)
REFUND, CANCEL, BATCH = "refund_line", "cancel_order", 50


def ask(
    session: Session,
    order: dict[str, Any],
    line: Mapping[str, Any],
    policy: Mapping[str, Any],
    offered: Sequence[Replacement],
    *,
    reason: str,
    now: datetime,
) -> None:
    """Ask the customer of a locked order what to do about a line: take one of the offers, have the line refunded, or
    cancel the order. How long it waits, and what holds without an answer, they may have said in the policy; else it is
    refunded."""
    offers = {f"substitute-{each.number}": each for each in offered}
    numbers = sa.select(sa.func.coalesce(sa.func.max(_ASKS.c.number), 0)).where(_ASKS.c.order_id == order["id"])
    number = (session.scalar(numbers) or 0) + 1
    minutes = policy.get("answer_minutes")
    deadline_at = ask_deadline(fire_at=order["fire_at"], now=now, minutes=minutes)
    document = {
        "number": number,
        "position": line["position"],
        "question": f"{line['document']['item']['name']} can't be made as you ordered it. What would you like?",
        "reason": reason,
        "options": _options(order, line, offers),
        "answer_minutes": minutes,
        "without_answer": policy.get("without_answer", REFUND),
        "source": policy["source"],
        "asked_at": now,
        "deadline_at": deadline_at,
    }
    session.execute(
        sa.insert(_ASKS),
        {
            "order_id": order["id"],
            "number": number,
            "position": line["position"],
            "document": document,
            "offers": {key: _kept(offer) for key, offer in offers.items()},
            "deadline_at": deadline_at,
            "asked_at": now,
        },
    )
    _bump(session, order, now)
    asked = CustomerAsked(**about(order, now), number=number, position=line["position"], deadline_at=deadline_at)
    events.record(session, asked)


def _options(
    order: Mapping[str, Any],
    line: Mapping[str, Any],
    offers: Mapping[str, Replacement],
) -> list[dict[str, Any]]:
    currency, paid_minor = order["currency"], line["paid_minor"]
    substitutes = [
        {
            "answer": key,
            "rank": offer.rank,
            "line": offer.document,
            "price_change": money(offer.money.paid_minor - paid_minor, currency),
            **({"warnings": list(offer.warnings)} if offer.warnings else {}),
        }
        for key, offer in offers.items()
    ]
    return [
        *substitutes,
        {"answer": REFUND, "rank": None, "line": None, "price_change": money(-paid_minor, currency)},
        {"answer": CANCEL, "rank": None, "line": None, "price_change": money(-order["total_minor"], currency)},
    ]


def _kept(offer: Replacement) -> dict[str, Any]:
    return {
        "document": offer.document,
        "work": offer.work,
        "counted_stock": offer.counted_stock,
        "money": [offer.money.total_minor, offer.money.tax_minor, offer.money.paid_minor, offer.money.tax_bps],
        "rank": offer.rank,
        "without_yes": offer.without_yes,
    }


def _bump(session: Session, order: dict[str, Any], now: datetime) -> None:
    order |= {"version": order["version"] + 1, "updated_at": now}
    session.execute(
        sa.update(_ORDERS).where(_ORDERS.c.id == order["id"]).values(version=order["version"], updated_at=now)
    )


def bring_forward(session: Session, order_id: UUID, *, fire_at: datetime, now: datetime) -> None:
    """Let the questions about a locked order wait no longer than if they were asked now that it starts at `fire_at`."""
    deadline_at = ask_deadline(fire_at=fire_at, now=now)
    late = sa.select(_ASKS).where(_ASKS.c.order_id == order_id, _IS_OPEN, _ASKS.c.deadline_at > deadline_at)
    for asked in session.execute(late).all():
        if asked.document.get("answer_minutes") is not None:
            continue  # it waits for as long as its customer said
        this = sa.and_(_ASKS.c.order_id == order_id, _ASKS.c.number == asked.number)
        document = {**asked.document, "deadline_at": deadline_at}
        session.execute(sa.update(_ASKS).where(this).values(deadline_at=deadline_at, document=document))


@on_placed_order
def answer_ask(
    session: Session,
    *,
    order_id: UUID,
    customer_id: UUID,
    number: int,
    answer: str,
    now: datetime,
    acting: Acting | None = None,
) -> dict[str, Any]:
    """Do with a line what its customer answered; an offer costs what was shown.

    Raises NotFound, Invalid, AskClosed, AlreadyMade, OfferGone, Avoided, CeilingExceeded, InvalidChoice, SoldOut,
    NotAvailableNow.
    """
    order = lock_order_of_customer(session, order_id, customer_id)
    asked = session.execute(sa.select(_ASKS).where(_ASKS.c.order_id == order_id, _ASKS.c.number == number)).first()
    if asked is None:
        raise NotFound("question")
    if asked.answered_at is not None or now >= asked.deadline_at:
        raise AskClosed(asked.answer)
    if State(order["state"]) not in NOT_MADE:
        raise AlreadyMade(order["state"])
    if answer not in {REFUND, CANCEL, *asked.offers}:
        raise Invalid({"answer": [f"Choose {', '.join([*asked.offers, REFUND, CANCEL])}."]})
    _close(session, order, asked, answer, by="customer", now=now, acting=acting)
    line, reason = _line(session, asked), asked.document["reason"]
    if answer == CANCEL:
        cancel_for_line(session, order, line, reason=reason, now=now)
    elif answer == REFUND:
        _refund(session, order, line, reason=reason, now=now)
    else:
        _take_offer(session, order, line, answer, asked.offers[answer], reason=reason, now=now)
    return queries.order_of_customer(session, order_id=order_id, customer_id=customer_id)


def _close(
    session: Session,
    order: dict[str, Any],
    asked: Any,
    answer: str,
    *,
    by: str,
    now: datetime,
    acting: Acting | None = None,
) -> None:
    this = sa.and_(_ASKS.c.order_id == asked.order_id, _ASKS.c.number == asked.number)
    session.execute(sa.update(_ASKS).where(this).values(answered_at=now, answer=answer, answered_by=by))
    _bump(session, order, now)
    answered = AskAnswered(
        **about(order, now), number=asked.number, answer=answer, answered_by=by, grant_id=grant_of(acting)
    )
    events.record(session, answered)


def _line(session: Session, asked: Any) -> dict[str, Any]:
    (line,) = (line for line in open_lines(session, asked.order_id) if line["position"] == asked.position)
    return line


def _take_offer(
    session: Session,
    order: dict[str, Any],
    line: Mapping[str, Any],
    key: str,
    offer: Mapping[str, Any],
    *,
    reason: str,
    now: datetime,
) -> None:
    store, menu = menu_queries.store_and_menu(session, order["store_id"])
    found = sold_now(store, menu, again(offer["document"], menu), at=max(now, order["window_starts_at"] or now))
    # Something may have been put on the avoid-list since the question was asked, or another question been answered: an
    # answer overrides nothing.
    said = preferences.said_by(session, customer_id=order["customer_id"])
    require_welcome(said, found, offer["document"], in_place_of=line["document"])
    beside = lines_beside(session, said, order["id"], but={line["position"]})
    require_below(said, [found, amounts_of(offer["document"])], beside)
    by = _offered(key, offer)
    if not may_cost(order, line, by.money.paid_minor):
        raise OfferGone()  # it was paid since
    lock_for(session, order, store, [by], now=now)
    if not substitute(session, order, store, line, by, reason=reason, actor_id=None, now=now):
        raise OfferGone()
    tell_changed(session, order, [line["position"]], reason=reason, now=now)


def _offered(key: str, offer: Mapping[str, Any]) -> Replacement:
    number = int(key.rpartition("-")[2])
    return Replacement(
        item_id=UUID(offer["document"]["item"]["id"]),
        document=offer["document"],
        work=offer["work"],
        counted_stock=offer["counted_stock"],
        money=LineMoney(*offer["money"]),
        number=number,
        rank=offer.get("rank", number),  # one asked before there were ranks has none
        without_yes=offer.get("without_yes", False),
    )


def _refund(session: Session, order: dict[str, Any], line: Mapping[str, Any], *, reason: str, now: datetime) -> None:
    refund_line(session, order, line, reason=reason, actor_id=None, now=now)
    tell_changed(session, order, [line["position"]], reason=reason, now=now)


def due_asks(session: Session, *, now: datetime) -> list[tuple[UUID, int]]:
    """Return up to 50 open questions whose deadline has passed: order and number."""
    due = sa.select(_ASKS.c.order_id, _ASKS.c.number).where(_IS_OPEN, _ASKS.c.deadline_at <= now)
    return [(row.order_id, row.number) for row in session.execute(due.order_by(_ASKS.c.deadline_at).limit(BATCH))]


def settle_ask(session: Session, *, order_id: UUID, number: int, now: datetime) -> bool:
    """Do with the line of a question that nobody answered in time what its customer said for that, once; tell whether
    it was done here.

    Where the order was made or ended meanwhile, the question is only closed.
    """
    is_this = sa.and_(_ASKS.c.order_id == order_id, _ASKS.c.number == number, _IS_OPEN, _ASKS.c.deadline_at <= now)
    order = take_turn(session, order_id, sa.exists().where(is_this))
    if order is None:
        return False
    asked = session.execute(sa.select(_ASKS).where(_ASKS.c.order_id == order_id, _ASKS.c.number == number)).one()
    answer, reason = asked.document["without_answer"], asked.document["reason"]
    _close(session, order, asked, answer, by="system", now=now)
    if State(order["state"]) in NOT_MADE:
        line = _line(session, asked)
        if answer == CANCEL:
            cancel_for_line(session, order, line, reason=reason, now=now)
        elif answer == REFUND or not _take_best(session, order, line, asked.offers, reason=reason, now=now):
            _refund(session, order, line, reason=reason, now=now)
    return True


def _take_best(
    session: Session,
    order: dict[str, Any],
    line: Mapping[str, Any],
    offers: Mapping[str, Mapping[str, Any]],
    *,
    reason: str,
    now: datetime,
) -> bool:
    """Take the first of the offers, in the customer's order, that needs no yes and can still be had; tell whether there
    is one."""
    store, menu = menu_queries.store_and_menu(session, order["store_id"])
    said = preferences.said_by(session, customer_id=order["customer_id"])
    at = max(now, order["window_starts_at"] or now)
    offered = sorted((_offered(key, offer) for key, offer in offers.items()), key=lambda by: by.number)
    beside = lines_beside(session, said, order["id"], but={line["position"]})
    free = [by for by in offered if by.without_yes and may_cost(order, line, by.money.paid_minor)]
    there = [by for by in free if is_wanted(store, menu, said, by.document, line, beside, at=at)]
    lock_for(session, order, store, there, now=now)
    if not any(substitute(session, order, store, line, by, reason=reason, actor_id=None, now=now) for by in there):
        return False
    tell_changed(session, order, [line["position"]], reason=reason, now=now)
    return True
