"""What the customer chose for a line that can't be made after all, and what follows from it (docs/after-placing.md)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from ...menu.rules import Group, Menu, ResolvedLine
from ...preferences.rules import Said
from ...preferences.rules.policies import of_the_store
from ...sources import CHOSEN, ITEM_DEFAULT
from .guarding import is_crossing

Outcome = Literal["substitute", "ask", "refund_line", "cancel_order"]


def policy_of(line: Mapping[str, Any], gone: Collection[str] = ()) -> Mapping[str, Any]:
    """Return what holds for a sold line's document: what was said for the first of the options that it holds and that
    are `gone` (by id), else for the line. A line sold before there were any asks."""
    policy: Mapping[str, Any] = line.get("if_unavailable") or of_the_store()
    return next((each for each in policy.get("for_options", ()) if each["option"]["id"] in gone), policy)


def again(line: Mapping[str, Any], menu: Menu) -> dict[str, Any]:
    """Return a sold line's document as the line of a basket that asks for just that: what came by default (hidden
    groups' options can't be named) comes so again, and of a group that held nothing nothing comes."""
    item = menu.items.get(UUID(line["item"]["id"]))
    modifiers = _named(line["modifiers"], item.groups if item is not None else ())
    return {
        "item_id": line["item"]["id"],
        "size_id": line["size"]["id"],
        "modifiers": modifiers,
        "quantity": line["quantity"],
    }


def _named(modifiers: Sequence[Mapping[str, Any]], groups: Sequence[Group]) -> list[dict[str, Any]]:
    options = {str(option.id): option for group in groups for option in group.options}
    named: dict[str, list[dict[str, Any]]] = {}
    needed: set[str] = set()
    for each in modifiers:
        option, of_group = options.get(each["option"]["id"]), each["group"]["id"]
        nested = _named(each["modifiers"], option.groups if option is not None else ())
        named.setdefault(of_group, []).append(_request(each["option"]["id"], each["quantity"], each["text"], nested))
        if nested or each["source"] != ITEM_DEFAULT.document():
            needed.add(of_group)
    empty = [group for group in groups if not group.hidden and not group.min and str(group.id) not in named]
    return [
        *(each for of_group in named if of_group in needed for each in named[of_group]),
        *(
            _request(str(option.id), 0, None, [])
            for group in empty
            for option in group.options
            if option.default_quantity
        ),
    ]


def _request(option_id: str, quantity: int, text: str | None, modifiers: list[dict[str, Any]]) -> dict[str, Any]:
    return {"option_id": option_id, "quantity": quantity, "text": text, "modifiers": modifiers}


def requests(line: Mapping[str, Any], policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the named substitutes as lines of a basket, in the customer's order: as many, with the same note."""
    return [{**each, "quantity": line["quantity"], "note": line["note"] or ""} for each in policy["substitutes"]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A named substitute that can be had now: its rank in the customer's list, its number among those that are left,
    what it is, and what the customer pays for it. One that is disliked is only taken by the customer's own yes."""

    number: int
    rank: int
    line: ResolvedLine
    paid_minor: int
    is_disliked: bool = False


def is_welcome(candidate: ResolvedLine, line: Mapping[str, Any], policy: Mapping[str, Any], said: Said) -> bool:
    """Tell whether it holds nothing that the customer avoids, by the order or by what they say now, and isn't just what
    is missing."""
    avoided = set(policy["avoid"]) & (candidate.contains | candidate.may_contain)
    return not avoided and not is_crossing(said, candidate, line) and not _is_same(candidate, line)


def _is_same(candidate: ResolvedLine, line: Mapping[str, Any]) -> bool:
    return (str(candidate.item_id), str(candidate.size_id)) == (line["item"]["id"], line["size"]["id"]) and sorted(
        str(modifier.option_id) for modifier in candidate.modifiers
    ) == sorted(modifier["option"]["id"] for modifier in line["modifiers"])


def discount_kept(line: Mapping[str, Any], by: ResolvedLine) -> int:
    """Return what a reward that made a sold line cheaper takes off what takes its place."""
    discount = line.get("discount")
    return min(discount["amount_minor"], by.total_minor) if discount is not None else 0


def most_minor(policy: Mapping[str, Any], *, paid_minor: int, currency: str) -> int:
    """Return what may take the place of a line that costs `paid_minor` without the customer's yes."""
    extra = policy.get("max_extra")
    return paid_minor + (extra["amount_minor"] if extra is not None and extra["currency"] == currency else 0)


def outcome(do: str, candidates: Sequence[Candidate], *, most_minor: int) -> tuple[Outcome, list[Candidate]]:
    """Return what happens to a line, and with which candidates, in the customer's order.

    The closest one never costs more than `most_minor`, and is nothing that they dislike: where only others can be had,
    the customer is asked; where none can, the line is refunded.
    """
    if do == "refund_line":
        return "refund_line", []
    if do == "cancel_order":
        return "cancel_order", []
    if do == "closest":
        cheap = [each for each in candidates if each.paid_minor <= most_minor and not each.is_disliked]
        if cheap:
            return "substitute", cheap
        if not candidates:
            return "refund_line", []
    return "ask", list(candidates)


def holds(line: Mapping[str, Any], kind: str, subject_id: UUID) -> bool:
    """Tell whether a sold line's document holds the item, the size or (anywhere in its tree) the option."""
    wanted = str(subject_id)
    if kind == "option":
        return any(modifier["option"]["id"] == wanted for modifier in _all(line["modifiers"]))
    found: bool = line[kind]["id"] == wanted
    return found


def document_of(
    document: Mapping[str, Any], line: Mapping[str, Any], policy: Mapping[str, Any], number: int
) -> dict[str, Any]:
    """Return the document of what takes a line's place, the substitute of that number, as it is kept: who said what it
    is made of, and what holds for it in its turn."""
    is_same_item = document["item"]["id"] == line["item"]["id"]
    before = {each["option"]["id"]: each["source"] for each in _all(line["modifiers"])} if is_same_item else {}
    size_before = line["size"] if is_same_item else {"id": None}
    named = policy["source"]
    size = document["size"]
    if size["source"] == CHOSEN.document():
        size = {**size, "source": size_before["source"] if size["id"] == size_before["id"] else named}
    return {
        **document,
        "size": size,
        "quantity_source": line["quantity_source"],
        "note_source": line["note_source"],
        "modifiers": _sourced(document["modifiers"], before, named),
        "if_unavailable": _left(document, line, policy, number, is_same_item=is_same_item),
    }


def _sourced(
    modifiers: Sequence[Mapping[str, Any]], before: Mapping[str, Any], named: Mapping[str, Any]
) -> list[dict[str, Any]]:
    return [
        {
            **each,
            "source": before.get(each["option"]["id"], named)
            if each["source"] == CHOSEN.document()
            else each["source"],
            "modifiers": _sourced(each["modifiers"], before, named),
        }
        for each in modifiers
    ]


def _left(
    document: Mapping[str, Any],
    line: Mapping[str, Any],
    policy: Mapping[str, Any],
    number: int,
    *,
    is_same_item: bool,
) -> dict[str, Any]:
    """Return what holds for the substitute: what is left of the alternatives, for it or for its option."""
    others = [each for place, each in enumerate(policy["substitutes"], start=1) if place != number]
    rest = {**policy, "substitutes": others}
    of_line = line.get("if_unavailable") or {}
    of_options = [each for each in of_line.get("for_options", ()) if is_same_item and each is not policy]
    if "option" not in policy:
        left = {name: value for name, value in rest.items() if name != "for_options"}
    else:
        left = {name: value for name, value in of_line.items() if name != "for_options"}
        gone = policy["option"]["id"]
        group = next(each["group"]["id"] for each in _all(line["modifiers"]) if each["option"]["id"] == gone)
        now = next((each["option"] for each in _all(document["modifiers"]) if each["group"]["id"] == group), None)
        if now is not None:
            of_options = [{**rest, "option": {"id": now["id"], "name": now["name"]}}, *of_options]
    of_options = [each for each in of_options if holds(document, "option", UUID(each["option"]["id"]))]
    return {**left, **({"for_options": of_options} if of_options else {})}


def _all(modifiers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [found for each in modifiers for found in (each, *_all(each["modifiers"]))]
