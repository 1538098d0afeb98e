"""What the customer chose for a line that can't be made after all, and what follows from it (docs/after-placing.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from ...menu.rules import ResolvedLine
from ...preferences.rules.choices import IF_UNAVAILABLE
from ...sources import CHOSEN, STORE_DEFAULT

DO = IF_UNAVAILABLE
"""What can be chosen; the first is the default."""

Outcome = Literal["substitute", "ask", "refund_line", "cancel_order"]


def policies(basket: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return for each line of a basket what happens when it can't be made: the line's own choice, else the basket's,
    else to ask."""
    for_all = basket.get("if_unavailable")
    return [_policy(line.get("if_unavailable") or for_all) for line in basket["lines"]]


def _policy(chosen: Mapping[str, Any] | None) -> dict[str, Any]:
    if chosen is None:
        return {"do": DO[0], "substitutes": [], "avoid": [], "source": STORE_DEFAULT.document()}
    return {
        "do": chosen["do"],
        "substitutes": [_substitute(each) for each in chosen["substitutes"]],
        "avoid": sorted(chosen["avoid"]),
        "source": CHOSEN.document(),
    }


def _substitute(request: Mapping[str, Any]) -> dict[str, Any]:
    size_id = request.get("size_id")
    return {
        "item_id": str(request["item_id"]),
        "size_id": str(size_id) if size_id else None,
        "modifiers": [_modifier(each) for each in request.get("modifiers", ())],
    }


def _modifier(request: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "option_id": str(request["option_id"]),
        "quantity": request.get("quantity", 1),
        "text": request.get("text"),
        "modifiers": [_modifier(each) for each in request.get("modifiers", ())],
    }


def policy_of(line: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the policy of a sold line's document; a line sold before there were any asks."""
    found: Mapping[str, Any] = line.get("if_unavailable") or _policy(None)
    return found


def requests(line: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the named substitutes as lines of a basket, in the customer's order: as many, with the same note."""
    return [
        {**each, "quantity": line["quantity"], "note": line["note"] or ""} for each in policy_of(line)["substitutes"]
    ]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A named substitute that can be had now: the number it has in the list, what it is, what the customer pays."""

    number: int
    line: ResolvedLine
    paid_minor: int


def is_welcome(candidate: ResolvedLine, line: Mapping[str, Any]) -> bool:
    """Tell whether it holds nothing that the customer avoids, and isn't just what is missing."""
    avoided = set(policy_of(line)["avoid"]) & (candidate.contains | candidate.may_contain)
    return not avoided and not _is_same(candidate, line)


def _is_same(candidate: ResolvedLine, line: Mapping[str, Any]) -> bool:
    return (str(candidate.item_id), str(candidate.size_id)) == (line["item"]["id"], line["size"]["id"]) and sorted(
        str(modifier.option_id) for modifier in candidate.modifiers
    ) == sorted(modifier["option"]["id"] for modifier in line["modifiers"])


def outcome(do: str, candidates: Sequence[Candidate], *, paid_minor: int) -> tuple[Outcome, list[Candidate]]:
    """Return what happens to a line that costs `paid_minor`, and with which candidates, in the customer's order.

    The closest one never costs more than the line did: where only dearer ones can be had, the customer is asked;
    where none can, the line is refunded.
    """
    if do == "refund_line":
        return "refund_line", []
    if do == "cancel_order":
        return "cancel_order", []
    if do == "closest":
        cheap = [each for each in candidates if each.paid_minor <= paid_minor]
        if cheap:
            return "substitute", cheap
        if not candidates:
            return "refund_line", []
    return "ask", list(candidates)


def holds(line: Mapping[str, Any], kind: str, subject_id: UUID) -> bool:
    """Tell whether a sold line's document holds the item, the size or (anywhere in its tree) the option."""
    wanted = str(subject_id)
    if kind == "option":
        return any(_has_option(modifier, wanted) for modifier in line["modifiers"])
    found: bool = line[kind]["id"] == wanted
    return found


def _has_option(modifier: Mapping[str, Any], option_id: str) -> bool:
    return modifier["option"]["id"] == option_id or any(_has_option(each, option_id) for each in modifier["modifiers"])
