"""The id that an app gives an order, as it is kept: under a grant, apart from the ids of its giver's own app.

An id of an app holds no slash, so that neither meets one of the other's.
"""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

_OF_A_DAY = re.compile(r"standing-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(\d{4}-\d\d-\d\d)", re.ASCII)


def kept_as(client_order_id: str, grant_id: UUID | None) -> str:
    """Return how the app's id is kept."""
    return client_order_id if grant_id is None else f"{grant_id}/{client_order_id}"


def as_given(kept: str) -> str:
    """Return the id as the app gave it."""
    return kept.rpartition("/")[2]


def of_day(standing_order_id: UUID, on: date) -> str:
    """Return the id of a standing order's day, by which its customer's app finds the order."""
    return f"standing-{standing_order_id}-{on.isoformat()}"


def day_named(client_order_id: str) -> tuple[UUID, date] | None:
    """Return which standing order's day an id names, None for others. An app can send such an id, too: whether it is
    that day's order only the day knows."""
    found = _OF_A_DAY.fullmatch(client_order_id)
    if found is None:
        return None
    try:
        return UUID(found[1]), date.fromisoformat(found[2])
    except ValueError:
        return None
