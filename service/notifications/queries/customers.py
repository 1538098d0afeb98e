"""Whose a fact is, and whether they want to be told of it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from ...events import OutboxRow, Recorded
from ...loyalty import queries as loyalty
from ...orders import queries as orders
from ...preferences import queries as preferences
from ..rules.deciding import channels_for
from ..rules.moments import OF_ORDERS, OF_STANDING_ORDERS, OF_STARS, moment_of


def customer_of(session: Session, fact: Recorded) -> UUID | None:
    """Return whose order, standing order or stars the fact is about; None where they are nobody's any more."""
    if fact.name in OF_STARS:
        return loyalty.customers_of(session, member_ids=[fact.subject_id]).get(fact.subject_id)
    if fact.name in OF_STANDING_ORDERS:
        return orders.customers_of_standing(session, standing_order_ids=[fact.subject_id]).get(fact.subject_id)
    return orders.customers_of(session, order_ids=[fact.subject_id]).get(fact.subject_id)


def unheard(session: Session, rows: Sequence[OutboxRow]) -> set[int]:
    """Return the sequences of those facts of orders and stars that their customers don't want to be told of.

    At most four statements for all of them together: most customers said nothing, and that must cost next to nothing.
    """
    of_orders = [row for row in rows if row.name in OF_ORDERS]
    of_standing = [row for row in rows if row.name in OF_STANDING_ORDERS]
    of_stars = [row for row in rows if row.name in OF_STARS]
    customers = orders.customers_of(session, order_ids={row.subject_id for row in of_orders})
    customers |= orders.customers_of_standing(session, standing_order_ids={row.subject_id for row in of_standing})
    customers |= loyalty.customers_of(session, member_ids={row.subject_id for row in of_stars})
    said = preferences.values_of(session, kind="notifications", customer_ids=set(customers.values()))
    return {
        row.seq
        for row in (*of_orders, *of_standing, *of_stars)
        if not _is_wanted(row, said.get(customers.get(row.subject_id, row.subject_id)))
    }


def _is_wanted(row: OutboxRow, notifications: object) -> bool:
    moment = moment_of(row.name, row.payload)
    return moment is not None and bool(channels_for(notifications, moment))  # type: ignore[arg-type]
