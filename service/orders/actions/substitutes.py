"""Substitutes that a customer names: checked when they are named, looked for when they are needed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...menu.errors import InvalidChoice, NotAvailableNow, SoldOut
from ...menu.rules import Menu, ResolvedLine, line_requests, resolve_line
from ...stores.rules import StoreFacts
from ..rules import basket as rules
from ..rules.substitution import Candidate, is_welcome, requests


def check_substitutes(store: StoreFacts, menu: Menu, basket: Mapping[str, Any], *, now: datetime) -> None:
    """Refuse substitutes that the store doesn't sell like this, by their path; what is only sold out now may be there
    when it is needed. Raises InvalidChoice."""
    invalid: dict[str, list[str]] = {}
    for path, named in _named(basket):
        for index, substitute in enumerate(named["substitutes"]):
            try:
                _resolve(store, menu, substitute, now)
            except InvalidChoice as refusal:
                at = f"{path}.substitutes.{index}"
                invalid |= {f"{at}.{below}": messages for below, messages in refusal.errors.items()}
            except (SoldOut, NotAvailableNow):
                continue
    if invalid:
        raise InvalidChoice(invalid)


def _named(basket: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    of_lines = [
        (f"lines.{index}.if_unavailable", line.get("if_unavailable")) for index, line in enumerate(basket["lines"])
    ]
    return [(path, named) for path, named in [("if_unavailable", basket.get("if_unavailable")), *of_lines] if named]


def _resolve(store: StoreFacts, menu: Menu, request: Mapping[str, Any], at: datetime) -> ResolvedLine:
    (request_line,) = line_requests([request])
    return resolve_line(menu, request_line, at=at, timezone=store.timezone, country=store.country)


def candidates(store: StoreFacts, menu: Menu, line: Mapping[str, Any], *, at: datetime) -> list[Candidate]:
    """Return the named substitutes of a sold line that the store can sell for the instant, in the customer's order."""
    found = []
    for number, request in enumerate(requests(line), start=1):
        try:
            resolved = _resolve(store, menu, request, at)
        except (InvalidChoice, SoldOut, NotAvailableNow):
            continue
        if is_welcome(resolved, line) and all(store.stations.get(station) for station in rules.line_work(resolved)):
            found.append(Candidate(number, resolved, rules.price([resolved], store).totals.total_minor))
    return found


def require_sold(store: StoreFacts, menu: Menu, request: Mapping[str, Any], *, at: datetime) -> None:
    """Refuse what the store can't sell for the instant. Raises InvalidChoice, SoldOut, NotAvailableNow."""
    _resolve(store, menu, request, at)
