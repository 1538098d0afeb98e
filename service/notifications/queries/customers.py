"""Whose a fact is, and whether they want to be told of it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from ...events import OutboxRow, Recorded
from ...orders import queries as orders
from ...preferences import queries as preferences
from ..rules.deciding import channels_for
from ..rules.moments import OF_ORDERS, OF_STANDING_ORDERS, moment_of


def customer_of(session: Session, fact: Recorded) -> UUID | None:
    """Return whose order or standing order the fact is about; None where it is nobody's any more."""
    if fact.name in OF_STANDING_ORDERS:
        return orders.customers_of_standing(session, standing_order_ids=[fact.subject_id]).get(fact.subject_id)
    return orders.customers_of(session, order_ids=[fact.subject_id]).get(fact.subject_id)


def unheard(session: Session, rows: Sequence[OutboxRow]) -> set[int]:
    """Return the sequences of those facts of orders that their customers don't want to be told of.

    At most three statements for all of them together: most customers said nothing, and that must cost next to nothing.
    """
    of_orders = [row for row in rows if row.name in OF_ORDERS]
    of_standing = [row for row in rows if row.name in OF_STANDING_ORDERS]
    customers = orders.customers_of(session, order_ids={row.subject_id for row in of_orders})
    customers |= orders.customers_of_standing(session, standing_order_ids={row.subject_id for row in of_standing})
    said = preferences.values_of(session, kind="notifications", customer_ids=set(customers.values()))
    return {
        row.seq
        for row in (*of_orders, *of_standing)
        if not _is_wanted(row, said.get(customers.get(row.subject_id, row.subject_id)))
    }


def _is_wanted(row: OutboxRow, notifications: object) -> bool:
    moment = moment_of(row.name, row.payload)
    return moment is not None and bool(channels_for(notifications, moment))  # type: ignore[arg-type]
