"""What a store can't make after all: each order that holds it does what its customer chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ...errors import Invalid
from ...menu import queries as menu_queries
from ...menu.actions import MarkedAvailable, MarkedSoldOut
from ...menu.rules import Menu
from ...preferences import queries as preferences
from ...preferences.rules import Said
from ...preferences.rules.units import in_units
from ...stores.rules import StoreFacts
from .. import queries
from ..errors import AlreadyMade, LinesChanged, OwnOrder
from ..models import Order, OrderLine, Shortage
from ..rules import basket as rules
from ..rules.aftermath import LOOK_AHEAD
from ..rules.guarding import overrides_kept
from ..rules.states import NOT_MADE, State
from ..rules.substitution import Candidate, Outcome, discount_kept, document_of, holds, most_minor, outcome, policy_of
from ..rules.weighing import amounts_of, refused, warnings_of
from .ask import ask
from .delegated import is_own
from .life import lock_order_of_stores
from .lines import Replacement, may_cost, open_lines
from .outcomes import cancel_for_line, lock_for, refund_line, substitute, tell_changed
from .substitutes import candidates, gone_options, lines_beside
from .turn import take_turn

LOOK_EVERY = timedelta(minutes=1)
SOLD_OUT = "sold_out"
_BATCH = 20

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_LINES: sa.Table = OrderLine.__table__  # type: ignore[assignment]
_SHORTAGES: sa.Table = Shortage.__table__  # type: ignore[assignment]
_NOT_STARTED: sa.ColumnElement[bool] = _ORDERS.c.state.in_(sorted(NOT_MADE - {State.IN_PREPARATION}))


def reject_lines(
    session: Session,
    *,
    order_id: UUID,
    store_ids: frozenset[UUID] | None,
    lines: Sequence[int],
    reason: str,
    actor_id: UUID,
    now: datetime,
) -> dict[str, Any]:
    """Say that lines of an order (by position) can't be made: each does what its customer chose for that.

    A line whose customer is being asked already stays as it is. Raises NotFound, OwnOrder, Invalid, AlreadyMade,
    LinesChanged.
    """
    order = lock_order_of_stores(session, order_id, store_ids)
    if is_own(order, actor_id):
        raise OwnOrder()
    if State(order["state"]) not in NOT_MADE:
        raise AlreadyMade(order["state"])
    there = {line["position"]: line for line in open_lines(session, order_id)}
    unknown = [index for index, position in enumerate(lines) if position not in there or position in lines[:index]]
    if unknown:
        if struck := queries.changed_lines(session, order_id=order_id).intersection(lines).difference(there):
            raise LinesChanged(sorted(struck))
        message = "The order has no such line, or it is named twice."
        raise Invalid({f"lines.{index}": [message] for index in unknown})
    _obey(session, order, [there[position] for position in sorted(lines)], reason=reason, actor_id=actor_id, now=now)
    return queries.order_of_stores(session, order_id=order_id, store_ids=store_ids, person_id=actor_id)


def _obey(
    session: Session,
    order: dict[str, Any],
    lines: Sequence[Mapping[str, Any]],
    *,
    reason: str,
    actor_id: UUID | None,
    now: datetime,
) -> None:
    asked = queries.asked_lines(session, order_id=order["id"])
    lines = [line for line in lines if line["position"] not in asked]
    store, menu = menu_queries.store_and_menu(session, order["store_id"])
    said = preferences.said_by(session, customer_id=order["customer_id"])
    at = max(now, order["window_starts_at"] or now)  # a held order may be made any moment
    beside = lines_beside(session, said, order["id"], but={line["position"] for line in lines})
    decided = [_decide(order, store, menu, said, line, beside, at) for line in lines]
    cancels = [each.line for each in decided if each.do == "cancel_order"]
    if cancels:
        cancel_for_line(session, order, cancels[0], reason=reason, now=now)
        return
    lock_for(session, order, store, [by for each in decided if each.do == "substitute" for by in each.named], now=now)
    why: dict[str, Any] = {"reason": reason, "actor_id": actor_id, "now": now}
    changed = [
        each.line["position"] for each in decided if _obey_line(session, order, store, said, each, beside, **why)
    ]
    if changed:
        tell_changed(session, order, changed, reason=reason, now=now)


@dataclass(frozen=True, slots=True)
class _Decided:
    """What becomes of a line, by which of its policies, and with which substitutes, in the customer's order."""

    line: Mapping[str, Any]
    policy: Mapping[str, Any]
    do: Outcome
    named: Sequence[Replacement]


def _decide(
    order: Mapping[str, Any],
    store: StoreFacts,
    menu: Menu,
    said: Said,
    line: Mapping[str, Any],
    beside: Sequence[Mapping[str, Any]],
    at: datetime,
) -> _Decided:
    document = line["document"]
    policy = policy_of(document, gone_options(store, menu, document, at=at))
    named = candidates(store, menu, said, document, policy, beside, at=at)
    named = [each for each in named if may_cost(order, line, each.paid_minor)]
    most = most_minor(policy, paid_minor=line["paid_minor"], currency=store.currency)
    do, welcome = outcome(policy["do"], named, most_minor=most)
    there = [_replacement(line, policy, each, store, said, most) for each in welcome]
    if do == "ask":
        told = [warnings_of(said, each.line, beside) for each in welcome]
        there = [replace(each, warnings=warnings) for each, warnings in zip(there, told, strict=True)]
    return _Decided(line, policy, do, there)


def _obey_line(
    session: Session,
    order: dict[str, Any],
    store: StoreFacts,
    said: Said,
    decided: _Decided,
    beside: list[dict[str, Any]],
    **why: Any,
) -> bool:
    """Tell whether the line changed; where its customer is asked, it didn't yet. What takes its place is `beside` the
    next ones."""
    line, do, named = decided.line, decided.do, decided.named
    if do == "ask":
        ask(session, order, line, decided.policy, named, reason=why["reason"], now=why["now"])
        return False
    for by in named if do == "substitute" else ():
        # Weighed again: what took the place of another line of the same order counts by now.
        if not refused(said, amounts_of(by.document), beside) and substitute(session, order, store, line, by, **why):
            beside.append(by.document)
            return True
    refund_line(session, order, line, **why)
    return True


def _replacement(
    line: Mapping[str, Any],
    policy: Mapping[str, Any],
    candidate: Candidate,
    store: StoreFacts,
    said: Said,
    most_minor: int,
) -> Replacement:
    priced = rules.price([candidate.line], store, [discount_kept(line["document"], candidate.line)])
    overrides = overrides_kept(said, candidate.line, line["document"])
    document = rules.line_document(line["position"], candidate.line, priced.money[0], store.currency, policy, overrides)
    return Replacement(
        item_id=candidate.line.item_id,
        document=in_units(said, document_of(document, line["document"], policy, candidate.number)),
        work=rules.line_work(candidate.line),
        counted_stock=candidate.line.counted_stock,
        money=priced.money[0],
        number=candidate.number,
        rank=candidate.rank,
        without_yes=candidate.paid_minor <= most_minor and not candidate.is_disliked,
    )


def note_shortage(session: Session, fact: MarkedSoldOut) -> None:
    """Have the worker look, at once and as long as the mark stands, which orders hold what was sold out."""
    key = {"store_id": fact.subject_id, "kind": fact.kind, "subject_id": fact.sold_out_id}
    seen = {"until": fact.until, "look_at": fact.happened_at}
    connection = session.connection()
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(_SHORTAGES).values({**key, **seen})
    connection.execute(insert.on_conflict_do_update(index_elements=list(key), set_=seen))


def forget_shortage(session: Session, fact: MarkedAvailable) -> None:
    """Have nobody look any more: it can be made again."""
    this = _this_shortage(fact.subject_id, fact.kind, fact.available_id)
    session.execute(sa.delete(_SHORTAGES).where(this))


def _this_shortage(store_id: UUID, kind: str, subject_id: UUID) -> sa.ColumnElement[bool]:
    return sa.and_(_SHORTAGES.c.store_id == store_id, _SHORTAGES.c.kind == kind, _SHORTAGES.c.subject_id == subject_id)


def orders_short_of_something(session: Session, *, now: datetime) -> list[tuple[UUID, str, UUID]]:
    """Return the orders, each with what it holds that its store is out of (kind, id), of up to 20 marks that are due
    for a look; they are due again in a minute.

    Orders that start within two hours, or wait for a tap: what is missing now may be there for later ones. A mark
    that ran out is gone.
    """
    session.execute(sa.delete(_SHORTAGES).where(_SHORTAGES.c.until <= now))
    due = sa.select(_SHORTAGES).where(_SHORTAGES.c.look_at <= now).order_by(_SHORTAGES.c.look_at).limit(_BATCH)
    found: list[tuple[UUID, str, UUID]] = []
    for row in session.execute(due.with_for_update(skip_locked=True)).all():
        this = _this_shortage(row.store_id, row.kind, row.subject_id)
        session.execute(sa.update(_SHORTAGES).where(this).values(look_at=now + LOOK_EVERY))
        found += [(order_id, row.kind, row.subject_id) for order_id in _orders_that_hold(session, row, now)]
    return found


def _orders_that_hold(session: Session, mark: Any, now: datetime) -> list[UUID]:
    is_held = _ORDERS.c.state == State.HELD  # its customer may tap any moment
    starts_soon = sa.or_(is_held, _ORDERS.c.fire_at <= now + LOOK_AHEAD)
    is_meant = [_ORDERS.c.store_id == mark.store_id, _NOT_STARTED, starts_soon]
    if mark.until is not None:
        is_meant.append(sa.or_(is_held, _ORDERS.c.window_starts_at < mark.until))
    if mark.kind == "item":
        is_meant.append(_LINES.c.item_id == mark.subject_id)
    rows = session.execute(
        sa.select(_LINES.c.order_id, _LINES.c.document)
        .join(_ORDERS, _ORDERS.c.id == _LINES.c.order_id)
        .where(*is_meant, _LINES.c.struck_at.is_(None))
        .order_by(_ORDERS.c.fire_at)
    )
    return list(dict.fromkeys(row.order_id for row in rows if holds(row.document, mark.kind, mark.subject_id)))


def obey_shortage(session: Session, *, order_id: UUID, kind: str, subject_id: UUID, now: datetime) -> bool:
    """Let an order that is not started do what its customer chose for the lines that hold what its store is out of.

    Once: where another worker did, or the order is not as it was, nothing is left to do. Tell whether anything was.
    """
    order = take_turn(session, order_id, _NOT_STARTED)
    if order is None:
        return False
    lines = [line for line in open_lines(session, order_id) if holds(line["document"], kind, subject_id)]
    version = order["version"]
    _obey(session, order, lines, reason=SOLD_OUT, actor_id=None, now=now)
    return bool(order["version"] != version)
