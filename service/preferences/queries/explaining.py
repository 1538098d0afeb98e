"""Why a basket is filled as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...menu import queries as menu_queries
from ...menu.errors import InvalidChoice
from ...menu.rules import line_requests, resolve_line
from ..rules import Filling
from ..rules.explaining import explain_line
from .said import said_by


def explanation(
    session: Session, *, customer_id: UUID, store_id: UUID, lines: Sequence[Mapping[str, Any]], at: datetime
) -> list[dict[str, Any]]:
    """Return every filled field of a basket with the customer's rule behind it, and the rules that lost.

    Raises NotFound, InvalidChoice, SoldOut, NotAvailableNow.
    """
    store, menu = menu_queries.store_and_menu(session, store_id)
    said = said_by(session, customer_id=customer_id)
    filling = Filling(said, menu, at=at, timezone=store.timezone, country=store.country)
    found: list[dict[str, Any]] = []
    for index, request in enumerate(line_requests(lines)):
        path = f"lines.{index}"
        try:
            line = resolve_line(menu, request, at=at, timezone=store.timezone, country=store.country, fills=filling)
        except InvalidChoice as refusal:
            raise InvalidChoice({f"{path}.{field}": texts for field, texts in refusal.errors.items()}) from refusal
        found += explain_line(filling, menu.items[request.item_id], request, line, path)
    return found
