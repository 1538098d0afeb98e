"""The stars that open orders will earn: who knows orders finds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

MOST_SHOWN = 100
"""Open orders of one member: more than anybody waits for."""

Find = Callable[[Session, UUID, int], Sequence[tuple[UUID, Mapping[str, Any]]]]
_find: Find | None = None


def find_open_orders_with(find: Find) -> None:
    """Tell what finds up to so many of a customer's open orders, the newest first, each with the stars that its quote
    showed: `programme_version`, `stars`, `rules` (service/reactions)."""
    global _find  # noqa: PLW0603 - set once, when the application is put together
    _find = find


def awaited(session: Session, *, customer_id: UUID) -> list[dict[str, Any]]:
    """Return what each of the customer's open orders will earn, as its quote showed it; one statement."""
    found = _find(session, customer_id, MOST_SHOWN) if _find is not None else ()
    return [{"order_id": order_id, **shown} for order_id, shown in found]
