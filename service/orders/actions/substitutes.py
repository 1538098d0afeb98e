"""Substitutes that a customer names: checked when they are named, looked for when they are needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ...menu.errors import InvalidChoice, NotAvailableNow, SoldOut
from ...menu.rules import Menu, ResolvedLine, line_requests, resolve_line
from ...preferences.rules import Found, Said
from ...sources import CHOSEN
from ...stores.rules import StoreFacts
from ..rules import basket as rules
from ..rules.guarding import avoided_in, is_disliked, refusal_of
from ..rules.substitution import Candidate, is_welcome, policy_of, requests


def check_substitutes(store: StoreFacts, menu: Menu, said: Said, basket: Mapping[str, Any], *, now: datetime) -> None:
    """Refuse substitutes that the store doesn't sell like this, or that hold what the customer avoids, by their path;
    what is only sold out now may be there when it is needed. Raises InvalidChoice, Avoided."""
    invalid: dict[str, list[str]] = {}
    avoided: list[tuple[str, Found]] = []
    for path, named, overridden in _named(basket):
        for index, substitute in enumerate(named["substitutes"]):
            at = f"{path}.substitutes.{index}."
            try:
                found = avoided_in(said, _resolve(store, menu, substitute, now))
            except InvalidChoice as refusal:
                invalid |= {f"{at}{below}": messages for below, messages in refusal.errors.items()}
            except (SoldOut, NotAvailableNow):
                continue
            else:
                avoided += [(at, each) for each in found if each.avoided not in overridden]
    if invalid:
        raise InvalidChoice(invalid)
    if avoided:
        raise refusal_of(avoided)


def _named(basket: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any], Sequence[str]]]:
    """Return each list of substitutes with its path, and what their line overrides of what is avoided."""
    of_lines = [
        (f"lines.{index}.if_unavailable", line.get("if_unavailable"), line.get("override_avoid") or ())
        for index, line in enumerate(basket["lines"])
    ]
    for_all: Sequence[str] = ()
    every = [("if_unavailable", basket.get("if_unavailable"), for_all), *of_lines]
    return [(path, named, overridden) for path, named, overridden in every if named]


def _resolve(store: StoreFacts, menu: Menu, request: Mapping[str, Any], at: datetime) -> ResolvedLine:
    (request_line,) = line_requests([request])
    return resolve_line(menu, request_line, at=at, timezone=store.timezone, country=store.country)


def candidates(store: StoreFacts, menu: Menu, said: Said, line: Mapping[str, Any], *, at: datetime) -> list[Candidate]:
    """Return the named substitutes of a sold line that the store can sell for the instant, and that hold nothing its
    customer avoids now, in the customer's order."""
    found = []
    of_this_order = policy_of(line)["source"]["kind"] == CHOSEN.kind
    for number, request in enumerate(requests(line), start=1):
        try:
            resolved = _resolve(store, menu, request, at)
        except (InvalidChoice, SoldOut, NotAvailableNow):
            continue
        if is_welcome(resolved, line, said) and all(store.stations.get(each) for each in rules.line_work(resolved)):
            paid_minor = rules.price([resolved], store).totals.total_minor
            unloved = is_disliked(said, resolved, but_named=of_this_order)
            found.append(Candidate(number, resolved, paid_minor, unloved))
    return found


def sold_now(store: StoreFacts, menu: Menu, request: Mapping[str, Any], *, at: datetime) -> ResolvedLine:
    """Return what the store sells for the instant by a request. Raises InvalidChoice, SoldOut, NotAvailableNow."""
    return _resolve(store, menu, request, at)
