"""Reading orders: one's own, a store's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...accounts import queries as account_queries
from ...accounts.rules.grants import PICK_UP_ORDERS, PLACE_ORDERS
from ...db import at_one_instant, newest
from ...errors import NotFound
from ...loyalty import queries as loyalty_queries
from ..models import ForgottenOrder, Order, OrderAsk, OrderLine, OrderTransition, Refund
from ..rules.client_ids import kept_as
from ..rules.states import OPEN, Actor, State
from .documents import order_document
from .posted import posted_of, posted_of_all
from .tenders import TOLD, refund_document
from .tenders import read as read_tenders

_ORDERS: sa.Table = Order.__table__  # type: ignore[assignment]
_OF_ORDERS: sa.Table = OrderLine.__table__  # type: ignore[assignment]
_IN_ORDER = (
    sa.select(sa.cast(_OF_ORDERS.c.document, sa.Text).label("document"))
    .where(_OF_ORDERS.c.order_id == _ORDERS.c.id)
    .order_by(_OF_ORDERS.c.position)
    .correlate(_ORDERS)
    .subquery()
)
# An order with its lines in one statement, which is one snapshot: an order never shows the lines of another version.
# The lines are the text that is stored: lists of orders are sent, never looked into, and parsing 150 lines takes longer
# than the rest of a queue.
_ASKED = (
    sa.select(sa.cast(OrderAsk.document, sa.Text).label("document"))
    .where(OrderAsk.order_id == _ORDERS.c.id, OrderAsk.answered_at.is_(None))
    .order_by(OrderAsk.number)
    .correlate(_ORDERS)
    .subquery()
)
_SHOWN: sa.Select[Any] = sa.select(
    _ORDERS,
    sa.select(sa.func.aggregate_strings(_IN_ORDER.c.document, ",")).scalar_subquery().label("lines"),
    sa.select(sa.func.aggregate_strings(_ASKED.c.document, ",")).scalar_subquery().label("asks"),
    TOLD,
    # Only from the pickup on: an open order is read far more often, and has none.
    sa.case(
        (_ORDERS.c.state == State.PICKED_UP, loyalty_queries.posted_for(_ORDERS.c.id, _ORDERS.c.customer_id)), else_=""
    ).label("posted"),
)

_TOMBSTONES = (
    sa.select(ForgottenOrder.change_seq, ForgottenOrder.order_id)
    .where(ForgottenOrder.order_id.is_not(None))
    .order_by(ForgottenOrder.change_seq)
)

_OF_CUSTOMER = _SHOWN.where(
    _ORDERS.c.id == sa.bindparam("order_id"), _ORDERS.c.customer_id == sa.bindparam("customer_id")
)
_BY_ID = _SHOWN.where(_ORDERS.c.id == sa.bindparam("order_id"))


def order_of_customer(
    session: Session, *, order_id: UUID, customer_id: UUID, grant_id: UUID | None = None
) -> dict[str, Any]:
    """Return the customer's order, with `grant_id` only one that was placed under that grant.

    Raises NotFound, also where it is someone else's.
    """
    row = session.connection().execute(_OF_CUSTOMER, {"order_id": order_id, "customer_id": customer_id}).first()
    if row is None or grant_id not in (None, row.grant_id):
        raise NotFound("order")
    return _document(session, row, "customer")


def order_of_stores(
    session: Session, *, order_id: UUID, store_ids: frozenset[UUID] | None, person_id: UUID
) -> dict[str, Any]:
    """Return an order of one of the stores (None: any store), with what this person may do as its staff.

    Raises NotFound.
    """
    row = session.connection().execute(_BY_ID, {"order_id": order_id}).first()
    if row is None or row.forgotten_at is not None or (store_ids is not None and row.store_id not in store_ids):
        raise NotFound("order")
    return _document(session, row, "staff", is_own=person_id in (row.customer_id, row.placed_by))


def requests_of(session: Session, *, order_id: UUID) -> dict[int, dict[str, Any]]:
    """Return by position what the customer asked for in the lines of an order, where it was kept."""
    kept = sa.select(_OF_ORDERS.c.position, _OF_ORDERS.c.asked).where(
        _OF_ORDERS.c.order_id == order_id, _OF_ORDERS.c.asked.is_not(None)
    )
    return {row.position: row.asked for row in session.connection().execute(kept)}


def customer_order(
    session: Session,
    *,
    order_id: UUID,
    person_id: UUID,
    store_ids: frozenset[UUID] | None,
    acting_store_ids: frozenset[UUID] | None,
) -> dict[str, Any]:
    """Return an order to its customer or to the staff of its store (None: of any store), with what they may do.

    Staff outside of `acting_store_ids` may look only; someone who is both may do both. Raises NotFound for everyone
    else.
    """
    row = session.connection().execute(_BY_ID, {"order_id": order_id}).first()
    if row is None or not _sees(row, person_id, store_ids):
        raise NotFound("order")
    acts = acting_store_ids is None or row.store_id in acting_store_ids
    actors: list[Actor] = ["customer"] * (row.customer_id == person_id) + ["staff"] * acts  # type: ignore[assignment]
    return _document(session, row, *actors, is_own=person_id in (row.customer_id, row.placed_by))


def order_to_follow(
    session: Session, *, order_id: UUID, person_id: UUID, store_ids: frozenset[UUID] | None
) -> sa.Row[UUID, UUID, datetime | None, datetime | None]:
    """Return `customer_id`, `store_id` and `ended_at` of an order that `customer_order` would show. Raises NotFound."""
    columns = (_ORDERS.c.customer_id, _ORDERS.c.store_id, _ORDERS.c.ended_at, _ORDERS.c.forgotten_at)
    row = session.connection().execute(sa.select(*columns).where(_ORDERS.c.id == order_id)).first()
    if row is None or not _sees(row, person_id, store_ids):
        raise NotFound("order")
    return row


def order_to_follow_under(
    session: Session, *, order_id: UUID, giver_id: UUID, grant_id: UUID, scopes: Collection[str]
) -> tuple[bool, datetime | None]:
    """Return whether who acts under the grant sees all of the giver's order, or only what picking it up takes; and when
    it ended.

    All of what was placed under this grant, and the rest of any open one. Raises NotFound for the others.
    """
    columns = (_ORDERS.c.grant_id, _ORDERS.c.ended_at, _ORDERS.c.state)
    wanted = sa.select(*columns).where(_ORDERS.c.id == order_id, _ORDERS.c.customer_id == giver_id)
    row = session.connection().execute(wanted).first()
    if row is not None and PLACE_ORDERS in scopes and row.grant_id == grant_id:
        return True, row.ended_at
    if row is not None and PICK_UP_ORDERS in scopes and State(row.state) in OPEN:
        return False, row.ended_at
    raise NotFound("order")


def _sees(row: Any, person_id: UUID, store_ids: frozenset[UUID] | None) -> bool:
    if row.forgotten_at is not None:
        return False
    return row.customer_id == person_id or store_ids is None or row.store_id in store_ids


def _document(session: Session, row: sa.Row[Any] | None, *actors: Actor, is_own: bool = False) -> dict[str, Any]:
    if row is None:
        raise NotFound("order")
    lines, asks = orjson.loads(f"[[{row.lines or ''}],[{row.asks or ''}]]")
    if "customer" not in actors:  # what is too much for them is between them and the app
        for option in (option for each in asks for option in each["options"]):
            option.pop("warnings", None)
    return order_document(
        row._asdict(),
        lines,
        *actors,
        asks=asks,
        tenders=read_tenders(row.tenders),
        stars_posted=posted_of(session, row) if "customer" in actors else None,
        is_own=is_own,
    )


def _documents(session: Session, rows: Sequence[sa.Row[Any]], actor: Actor) -> list[dict[str, Any]]:
    return [
        order_document(
            row._asdict(),
            orjson.Fragment(f"[{row.lines or ''}]"),
            actor,
            asks=orjson.Fragment(f"[{row.asks}]") if row.asks else (),
            tenders=read_tenders(row.tenders),
            stars_posted=stars_posted,
        )
        for row, stars_posted in zip(rows, posted_of_all(session, rows), strict=True)
    ]


def _steps(session: Session, order_id: UUID, *, viewer_id: UUID) -> list[dict[str, Any]]:
    """Return what happened to an order; its customer, and nobody else, is told who did it for them."""
    columns = (OrderTransition.to_state, OrderTransition.happened_at, OrderTransition.actor, OrderTransition.actor_id)
    rows = session.execute(
        sa.select(*columns, _ORDERS.c.customer_id)
        .join(_ORDERS, _ORDERS.c.id == OrderTransition.order_id)
        .where(OrderTransition.order_id == order_id)
        .order_by(OrderTransition.id)
    ).all()
    others = {
        row.actor_id
        for row in rows
        if row.actor == "customer" and row.actor_id != row.customer_id and row.customer_id == viewer_id
    }
    names = account_queries.called_by_giver(session, giver_id=viewer_id, person_ids=others) if others else {}
    return [
        {
            "state": row.to_state,
            "at": row.happened_at,
            "by": row.actor,
            "under_grant": {"by": names.get(row.actor_id, "Somebody")} if row.actor_id in others else None,
        }
        for row in rows
    ]


def order_by_client_id(
    session: Session, *, customer_id: UUID, client_order_id: str, grant_id: UUID | None = None
) -> dict[str, Any]:
    """Return the order that the customer's app named (with `grant_id`: that of who acts under it), so that a lost
    answer is found. Raises NotFound: never seen."""
    name = kept_as(client_order_id, grant_id)
    wanted = _SHOWN.where(_ORDERS.c.customer_id == customer_id, _ORDERS.c.client_order_id == name)
    return _document(session, session.execute(wanted).first(), "customer")


def customer_orders(
    session: Session, *, customer_id: UUID, before_id: UUID | None, limit: int, grant_id: UUID | None = None
) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 of the customer's orders, the newest first, those before `before_id`; with `grant_id`
    only those that were placed under that grant."""
    wanted = _SHOWN.where(_ORDERS.c.customer_id == customer_id)
    if grant_id is not None:
        wanted = wanted.where(_ORDERS.c.grant_id == grant_id)
    rows = session.execute(newest(wanted, _ORDERS.c.id, before=before_id, limit=limit)).all()
    if grant_id is not None:  # whoever acts under it isn't shown all of a line: it must be looked into
        return [_document(session, row, "customer") for row in rows]
    return _documents(session, rows, "customer")


def order_changes(session: Session, *, customer_id: UUID, since: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
    """Return up to `limit` + 1 of the customer's orders that changed, or were forgotten, since a place in their feed,
    the oldest change first; each with its own place."""
    at_one_instant(session)  # else one that is forgotten between the two could be passed over by both
    wanted = _SHOWN.where(_ORDERS.c.customer_id == customer_id, _ORDERS.c.change_seq > since)
    rows = session.execute(wanted.order_by(_ORDERS.c.change_seq).limit(limit + 1)).all()
    changed = [
        (row.change_seq, {**document, "updated_at": row.updated_at})
        for row, document in zip(rows, _documents(session, rows, "customer"), strict=True)
    ]
    forgotten = session.execute(
        _TOMBSTONES.where(ForgottenOrder.customer_id == customer_id, ForgottenOrder.change_seq > since).limit(limit + 1)
    )
    changed += [(row.change_seq, {"id": row.order_id, "forgotten": True}) for row in forgotten]
    return sorted(changed, key=lambda change: change[0])[: limit + 1]


def receipt(
    session: Session,
    *,
    order_id: UUID,
    person_id: UUID,
    store_ids: frozenset[UUID] | None,
    acting_store_ids: frozenset[UUID] | None,
) -> dict[str, Any]:
    """Return the receipt of an order that `customer_order` would show: what was sold, taxed, paid and given back, and
    when each step happened; all of one instant, also while the order changes. Raises NotFound."""
    at_one_instant(session)
    order = customer_order(
        session, order_id=order_id, person_id=person_id, store_ids=store_ids, acting_store_ids=acting_store_ids
    )
    steps = _steps(session, order["id"], viewer_id=person_id)
    refunds = session.scalars(sa.select(Refund).where(Refund.order_id == order["id"]).order_by(Refund.id))
    currency = order["currency"]
    return {
        "order": order,
        "steps": steps,
        "refunds": [refund_document(refund, currency) for refund in refunds],
    }
