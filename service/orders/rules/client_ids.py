"""The id that an app gives an order, as it is kept: under a grant, apart from the ids of its giver's own app.

An id of an app holds no slash, so that neither meets one of the other's.
"""

from __future__ import annotations

from uuid import UUID


def kept_as(client_order_id: str, grant_id: UUID | None) -> str:
    """Return how the app's id is kept."""
    return client_order_id if grant_id is None else f"{grant_id}/{client_order_id}"


def as_given(kept: str) -> str:
    """Return the id as the app gave it."""
    return kept.rpartition("/")[2]
