"""Substitutes that a customer names: checked when they are named, looked for when they are needed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...menu.errors import InvalidChoice, NotAvailableNow, SoldOut
from ...menu.rules import Menu, ResolvedLine, line_requests, resolve_line
from ...preferences.rules import NOTHING, Filling, Found, Said
from ...sources import CHOSEN
from ...stores.rules import StoreFacts
from .. import queries
from ..rules import basket as rules
from ..rules.guarding import avoided_in, crossed_in, is_disliked, refusal_of
from ..rules.substitution import Candidate, again, discount_kept, is_welcome, requests
from ..rules.weighing import KIND as CEILINGS
from ..rules.weighing import amounts_of, refused
from .lines import open_lines


def check_substitutes(store: StoreFacts, menu: Menu, said: Said, basket: Mapping[str, Any], *, now: datetime) -> None:
    """Refuse substitutes that the store doesn't sell like this, or that hold what the customer avoids, by their path;
    what is only sold out now may be there when it is needed. Raises InvalidChoice, Avoided."""
    invalid: dict[str, list[str]] = {}
    avoided: list[tuple[str, Found]] = []
    for path, named, overridden in _named(basket):
        for index, substitute in enumerate(named["substitutes"]):
            at = f"{path}.substitutes.{index}."
            try:
                found = avoided_in(said, _resolve(store, menu, substitute, now, said))
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
        _resolve(store, menu, again(line, menu), at)
    except (SoldOut, NotAvailableNow) as refusal:
        gone = refusal.unavailable
        return {str(each.id) for each in gone} if all(each.kind == "option" for each in gone) else set()
    except InvalidChoice:
        return set()
    return set()


def lines_beside(session: Session, said: Said, order_id: UUID, *, but: Collection[int]) -> list[dict[str, Any]]:
    """Return the documents of an order's lines, but those at some positions, with which what takes a line's place is
    weighed: not the ones that its customer is being asked about, which can't be made either. None are read where the
    customer states no ceilings."""
    if said.of(CEILINGS) is None:
        return []
    missing = {*but, *queries.asked_lines(session, order_id=order_id)}
    return [line["document"] for line in open_lines(session, order_id) if line["position"] not in missing]


def candidates(
    store: StoreFacts,
    menu: Menu,
    said: Said,
    line: Mapping[str, Any],
    policy: Mapping[str, Any],
    beside: Sequence[Mapping[str, Any]],
    *,
    at: datetime,
) -> list[Candidate]:
    """Return the named substitutes of a sold line that the store can sell for the instant, that hold nothing its
    customer avoids now, and that with the lines `beside` stay below their ceilings, in the customer's order; what one
    leaves open the customer's rules fill, else its item."""
    found = []
    of_this_order = policy["source"]["kind"] == CHOSEN.kind
    for number, request in enumerate(requests(line, policy), start=1):
        try:
            resolved = _resolve(store, menu, request, at, said)
        except (InvalidChoice, SoldOut, NotAvailableNow):
            continue
        if not is_welcome(resolved, line, policy, said) or refused(said, resolved, beside):
            continue
        if all(store.stations.get(station) for station in rules.line_work(resolved)):
            paid_minor = rules.price([resolved], store, [discount_kept(line, resolved)]).totals.total_minor
            unloved = is_disliked(said, resolved, but_named=of_this_order)
            found.append(Candidate(number, request.get("rank", number), resolved, paid_minor, unloved))
    return found


def sold_now(store: StoreFacts, menu: Menu, request: Mapping[str, Any], *, at: datetime) -> ResolvedLine:
    """Return what the store sells for the instant by a request. Raises InvalidChoice, SoldOut, NotAvailableNow."""
    return _resolve(store, menu, request, at)


def is_wanted(
    store: StoreFacts,
    menu: Menu,
    said: Said,
    document: Mapping[str, Any],
    line: Mapping[str, Any],
    beside: Sequence[Mapping[str, Any]],
    *,
    at: datetime,
) -> bool:
    """Tell whether what was offered in a line's place, by its document, can still be sold for the instant, holds
    nothing that the customer avoids by now, and with the lines `beside` stays below their ceilings."""
    try:
        found = sold_now(store, menu, again(document, menu), at=at)
    except (InvalidChoice, SoldOut, NotAvailableNow):
        return False
    if refused(said, found, beside) or refused(said, amounts_of(document), beside):
        return False
    return not crossed_in(said, found, document, in_place_of=line["document"])
