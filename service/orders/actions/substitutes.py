"""Substitutes that a customer names: checked when they are named, looked for when they are needed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...menu.errors import InvalidChoice, NotAvailableNow, SoldOut
from ...menu.rules import Menu, ResolvedLine, line_requests, resolve_line
from ...preferences.rules import NOTHING, Filling, Said
from ...stores.rules import StoreFacts
from ..rules import basket as rules
from ..rules.substitution import Candidate, again, is_welcome, requests


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


def _resolve(
    store: StoreFacts, menu: Menu, request: Mapping[str, Any], at: datetime, said: Said = NOTHING
) -> ResolvedLine:
    (request_line,) = line_requests([request])
    where = {"timezone": store.timezone, "country": store.country}
    fills = Filling(said, menu, at=at, **where) if said.rules else None
    return resolve_line(menu, request_line, at=at, fills=fills, **where)


def gone_options(store: StoreFacts, menu: Menu, line: Mapping[str, Any], *, at: datetime) -> set[str]:
    """Return the ids of the options of a sold line that keep the store from selling it for the instant; none where its
    item or size does, or nothing does."""
    try:
        _resolve(store, menu, again(line), at)
    except (SoldOut, NotAvailableNow) as refusal:
        gone = refusal.unavailable
        return {str(each.id) for each in gone} if all(each.kind == "option" for each in gone) else set()
    except InvalidChoice:
        return set()
    return set()


def candidates(
    store: StoreFacts, menu: Menu, said: Said, line: Mapping[str, Any], policy: Mapping[str, Any], *, at: datetime
) -> list[Candidate]:
    """Return the named substitutes of a sold line that the store can sell for the instant, in the customer's order;
    what one leaves open the customer's rules fill, else its item."""
    found = []
    for number, request in enumerate(requests(line, policy), start=1):
        try:
            resolved = _resolve(store, menu, request, at, said)
        except (InvalidChoice, SoldOut, NotAvailableNow):
            continue
        if is_welcome(resolved, line, policy) and all(
            store.stations.get(station) for station in rules.line_work(resolved)
        ):
            paid_minor = rules.price([resolved], store).totals.total_minor
            found.append(Candidate(number, request.get("rank", number), resolved, paid_minor))
    return found


def require_sold(store: StoreFacts, menu: Menu, document: Mapping[str, Any], *, at: datetime) -> None:
    """Refuse what was offered, by its line's document, where the store can't sell it for the instant.

    Raises InvalidChoice, SoldOut, NotAvailableNow.
    """
    _resolve(store, menu, again(document), at)


def is_sold(store: StoreFacts, menu: Menu, document: Mapping[str, Any], *, at: datetime) -> bool:
    """Tell whether the store still can."""
    try:
        require_sold(store, menu, document, at=at)
    except (InvalidChoice, SoldOut, NotAvailableNow):
        return False
    return True
