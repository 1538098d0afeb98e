"""Asking for the same once more: what a line was, and how what can be had now differs from it.

A line as it was has the shape of `preferences.rules.usuals.as_it_was`, whether it comes from a usual or an order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal
from uuid import UUID

from ...menu.rules import Group, Menu, ResolvedLine, ResolvedModifier
from ...sources import ITEM_DEFAULT, Source
from .basket import money

Status = Literal["same", "repriced", "substituted", "unavailable"]
STATUSES: tuple[Status, ...] = ("same", "repriced", "substituted", "unavailable")
_Path = tuple[str, ...]


def was_of(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a line of an order was when it was placed, from its document."""
    change = line.get("change")
    was = change["was"] if change else line
    return {
        "item": was["item"],
        "size": was["size"],
        "quantity": line["quantity"],
        # What another took the place of is known by its name and price only.
        "modifiers": None if change else line["modifiers"],
        # Before what a reward took off: that was of this order alone.
        "total_minor": was["total"]["amount_minor"] + was.get("discount", {"amount_minor": 0})["amount_minor"],
    }


def asked_again(line: Mapping[str, Any], asked: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a line of an order as its customer asked for it, with what they chose for when it can't be made, also
    where that was for the whole order."""
    request = {**(asked if asked is not None else _asked_of(line))}
    request.pop("override_avoid", None)  # it held for that order alone
    policy = line.get("if_unavailable")
    if request.get("if_unavailable") is None and policy is not None and _chosen(policy["source"]):
        return {**request, "if_unavailable": _policy_again(policy)}
    return request


def _policy_again(policy: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy that was chosen with an order as it was sent."""
    extra = policy.get("max_extra")
    return {
        "do": policy["do"],
        "substitutes": [{k: v for k, v in each.items() if k != "rank"} for each in policy["substitutes"]],
        "avoid": policy["avoid"],
        "max_extra_minor": extra["amount_minor"] if extra is not None else None,
        "answer_minutes": policy.get("answer_minutes"),
        "without_answer": policy.get("without_answer"),
    }


def fire_again(fire: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return when an order was to be started as its customer chose it with it, None where something else did."""
    names = ("trigger", "minutes", "if_latest")
    is_of_now = fire["trigger"] != "for_window"
    return {name: fire[name] for name in names} if is_of_now and _chosen(fire["source"]) else None


def _asked_of(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the customer asked for in a line that was sold before requests were kept: what its sources say is
    theirs; defaults and rules fill the rest anew."""
    size, quantity, note = line["size"], line["quantity"], line["note"]
    return {
        "item_id": line["item"]["id"],
        "size_id": size["id"] if _chosen(size["source"]) else None,
        "quantity": quantity if _chosen(line["quantity_source"]) else None,
        "modifiers": [_asked_modifier(each) for each in line["modifiers"] if _chosen(each["source"])],
        "note": note or "" if line["note_source"] is not None and _chosen(line["note_source"]) else None,
        "if_unavailable": None,
    }


def _asked_modifier(modifier: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "option_id": modifier["option"]["id"],
        "quantity": modifier["quantity"],
        "text": modifier["text"],
        "modifiers": [_asked_modifier(each) for each in modifier["modifiers"] if _chosen(each["source"])],
    }


def _chosen(source: Mapping[str, Any]) -> bool:
    return bool(source["kind"] == "customer_choice")


def chosen(document: Mapping[str, Any], name: str) -> Any:
    """Return a value of an order that its customer chose with it, None where something else filled it."""
    return document[name] if _chosen(document["source"]) else None


def compared(
    position: int, was: Mapping[str, Any] | None, was_currency: str | None, line: ResolvedLine, currency: str
) -> dict[str, Any]:
    """Return how a line that can be had compares with what it was: the same, repriced, or filled otherwise by a rule of
    the customer's (or by the item's own default, where that changed)."""
    source = _filled_otherwise(was, line) if was is not None else None
    status: Status = "same"
    if source is not None:
        status = "substituted"
    elif was is not None and (was["total_minor"], was_currency) != (line.total_minor, currency):
        status = "repriced"
    return {
        **_entry(position, status, was, was_currency, line, currency),
        "source": source.document() if source is not None else None,
    }


def substituted(
    position: int,
    was: Mapping[str, Any],
    was_currency: str | None,
    line: ResolvedLine,
    currency: str,
    *,
    rank: int,
    source: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the entry of a line in whose place the customer's substitution policy puts another."""
    entry = _entry(position, "substituted", was, was_currency, line, currency)
    return {**entry, "source": source, "rank": rank}


def unavailable(
    position: int, was: Mapping[str, Any] | None, was_currency: str | None, *, reason: str, detail: str
) -> dict[str, Any]:
    """Return the entry of a line that can't be had."""
    entry = _entry(position, "unavailable", was, was_currency, None, None)
    return {**entry, "reason": reason, "detail": detail}


def _entry(
    position: int,
    status: Status,
    was: Mapping[str, Any] | None,
    was_currency: str | None,
    line: ResolvedLine | None,
    currency: str | None,
) -> dict[str, Any]:
    return {
        "position": position,
        "quote_position": None,
        "status": status,
        "was": {"name": was["item"]["name"], "size": was["size"]["name"]} if was is not None else None,
        "was_total": _price(was["total_minor"] if was is not None else None, was_currency),
        "now": {"name": line.item_name, "size": line.size_name} if line is not None else None,
        "now_total": _price(line.total_minor if line is not None else None, currency),
        "source": None,
        "rank": None,
        "reason": None,
        "detail": None,
    }


def _price(amount_minor: int | None, currency: str | None) -> dict[str, Any] | None:
    return money(amount_minor, currency) if amount_minor is not None and currency is not None else None


def _filled_otherwise(was: Mapping[str, Any], line: ResolvedLine) -> Source | None:
    """Return who filled the first field that isn't as it was, None where all are."""
    if was["size"]["id"] != str(line.size_id):
        return line.size_source
    if was["quantity"] != line.quantity:
        return line.quantity_source
    if was["modifiers"] is None:
        return None
    before, after = dict(_kept(was["modifiers"])), dict(_held(line.modifiers))
    for option, (quantity, source) in after.items():
        if before.get(option) != quantity:
            return source
    gone = next((option for option in before if option not in after), None)
    return _source_beside(after, gone) if gone is not None else None


def _source_beside(after: Mapping[_Path, tuple[int, Source]], gone: _Path) -> Source:
    """Return who filled the group that doesn't hold the option any more: who filled its rest, else the item."""
    return next((source for path, (_, source) in after.items() if path[:-1] == gone[:-1]), ITEM_DEFAULT)


def _kept(modifiers: Sequence[Mapping[str, Any]], above: _Path = ()) -> Iterator[tuple[_Path, int]]:
    for modifier in modifiers:
        path = (*above, modifier["group"]["id"], modifier["option"]["id"])
        yield path, modifier["quantity"]
        yield from _kept(modifier["modifiers"], path)


def _held(modifiers: Sequence[ResolvedModifier], above: _Path = ()) -> Iterator[tuple[_Path, tuple[int, Source]]]:
    for modifier in modifiers:
        path = (*above, str(modifier.group_id), str(modifier.option_id))
        yield path, (modifier.quantity, modifier.source)
        yield from _held(modifier.modifiers, path)


def with_all(menu: Menu, item_id: UUID) -> Menu:
    """Return the menu as if everything of the item were there."""
    item = menu.items.get(item_id)
    if item is None:
        return menu
    there = replace(
        item,
        is_sold_out=False,
        is_out_of_stock=False,
        available_hours=None,
        available_from=None,
        available_until=None,
        sizes=tuple(replace(size, is_sold_out=False) for size in item.sizes),
        groups=_with_all(item.groups),
    )
    return replace(menu, items={**menu.items, item_id: there})


def _with_all(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    return tuple(
        replace(
            group,
            options=tuple(
                replace(option, is_sold_out=False, groups=_with_all(option.groups)) for option in group.options
            ),
        )
        for group in groups
    )
