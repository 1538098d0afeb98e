"""Whose a fact is, and whether they want to be told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from ...events import OutboxRow, Recorded
from ...loyalty import queries as loyalty
from ...orders import queries as orders
from ...preferences import queries as preferences
from ...wallet import queries as wallet
from ..rules.deciding import channels_for
from ..rules.moments import OF_LOADS, OF_ORDERS, OF_STANDING_ORDERS, OF_STARS, moment_of

_WHOSE: Sequence[tuple[Mapping[str, str | None], Callable[[Session, set[UUID]], dict[UUID, UUID]]]] = (
    (OF_ORDERS, lambda session, ids: orders.customers_of(session, order_ids=ids)),
    (OF_STANDING_ORDERS, lambda session, ids: orders.customers_of_standing(session, standing_order_ids=ids)),
    (OF_STARS, lambda session, ids: loyalty.customers_of(session, member_ids=ids)),
    (OF_LOADS, lambda session, ids: wallet.customers_of_loads(session, load_ids=ids)),
)
"""Who knows the customers of which facts, by the facts' names; each takes no statement where none is asked for."""


def customer_of(session: Session, fact: Recorded) -> UUID | None:
    """Return whose order, standing order, stars or load the fact is about; None where they are nobody's any more."""
    return _customers(session, [fact]).get(fact.subject_id)


def unheard(session: Session, rows: Sequence[OutboxRow]) -> set[int]:
    """Return the sequences of those facts that may be told, and that their customers don't want to be told of.

    At most five statements for all of them together: most customers said nothing, and that must cost next to nothing.
    """
    tellable = [row for row in rows if any(row.name in names for names, _ in _WHOSE)]
    customers = _customers(session, tellable)
    said = preferences.values_of(session, kind="notifications", customer_ids=set(customers.values()))
    return {row.seq for row in tellable if not _is_wanted(row, said.get(customers.get(row.subject_id, row.subject_id)))}


def _customers(session: Session, facts: Iterable[OutboxRow | Recorded]) -> dict[UUID, UUID]:
    """Return whose they are, by what the facts are about."""
    told = list(facts)
    found: dict[UUID, UUID] = {}
    for names, customers_of in _WHOSE:
        found |= customers_of(session, {fact.subject_id for fact in told if fact.name in names})
    return found


def _is_wanted(row: OutboxRow, notifications: object) -> bool:
    moment = moment_of(row.name, row.payload)
    return moment is not None and bool(channels_for(notifications, moment))  # type: ignore[arg-type]
