"""What a store's screens and its board are told when orders change, and what they compare themselves with."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...orders import queries
from ...orders.rules.states import State


def tickets_of(session: Session, store_id: UUID, order_ids: Collection[UUID]) -> list[dict[str, Any]]:
    """Return each of the orders as `order_id`, `version`, and its `ticket` as the queue shows it (None: it doesn't)."""
    return [
        {"order_id": str(order_id), "version": version, "ticket": ticket}
        for order_id, version, ticket in queries.queued_or_not(session, store_id=store_id, order_ids=order_ids)
    ]


def check_of(session: Session, store_id: UUID) -> dict[str, Any]:
    """Return how many `tickets` the queue shows, and the sum of their `versions`."""
    tickets, versions = queries.queue_sum(session, store_id=store_id)
    return {"tickets": tickets, "versions": versions}


def board_of(session: Session, store_id: UUID) -> dict[str, Any]:
    """Return the codes of the orders that are `preparing`, and of those that are `ready`."""
    codes: dict[bool, list[str]] = {False: [], True: []}
    for code, state in queries.queue_codes(session, store_id=store_id):
        codes[state == State.READY].append(code)
    return {"preparing": codes[False], "ready": codes[True]}
