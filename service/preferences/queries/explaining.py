"""Why a basket is filled as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...menu import queries as menu_queries
from ...menu.errors import InvalidChoice
from ...menu.rules import Menu, ResolvedLine, line_requests, resolve_line
from ...stores.rules import StoreFacts
from ..rules import Filling, Said
from ..rules.explaining import explain_line, explain_order, explain_shortages
from .said import said_by


def explanation(
    session: Session, *, customer_id: UUID, basket: Mapping[str, Any], now: datetime
) -> list[dict[str, Any]]:
    """Return every filled field of a basket (as it is quoted; `at` for `pickup.at`) with who filled it, and what the
    customer said before that didn't.

    Raises NotFound, Invalid, InvalidChoice, SoldOut, NotAvailableNow.
    """
    store, menu = menu_queries.store_and_menu(session, basket["store_id"])
    said = said_by(session, customer_id=customer_id)
    lines: list[ResolvedLine] = []
    found = list(_explained_lines(store, menu, said, basket, basket["at"] or now, lines))
    found += explain_shortages(basket, lines, menu, said)
    return found + list(explain_order(basket, said, offered=store.pickup_methods))


def _explained_lines(
    store: StoreFacts,
    menu: Menu,
    said: Said,
    basket: Mapping[str, Any],
    at: datetime,
    lines: list[ResolvedLine],
) -> Iterator[dict[str, Any]]:
    """Yield the fields of each line; put the lines as they are filled into `lines`."""
    where: dict[str, Any] = {"at": at, "timezone": store.timezone, "country": store.country}
    filling = Filling(said, menu, **where)
    for index, request in enumerate(line_requests(basket["lines"])):
        path = f"lines.{index}"
        try:
            line = resolve_line(menu, request, fills=filling, **where)
        except InvalidChoice as refusal:
            raise InvalidChoice({f"{path}.{field}": texts for field, texts in refusal.errors.items()}) from refusal
        lines.append(line)
        yield from explain_line(filling, menu.items[request.item_id], request, line, path)
