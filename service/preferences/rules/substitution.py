"""What a customer wants for a line that can't be made after all, by what is missing: an option, an item, a category,
anything (docs/preferences.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ...menu.rules import Item, Menu
from ...sources import Source
from .order_rules import Choice, source_of
from .scopes import parents_of, way_up

KIND = "substitution"
MOST_RULES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """What may take a line's place: another item, or (`item_id` None) the same with another size or other options.

    `rank` is its place in the customer's list, from 1. Size and options are named by their keys.
    """

    rank: int
    item_id: UUID | None
    size: str | None
    options: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstitutionRule:
    """One rule: for an option (its group's key and its own), an item, a category and what is below it, or anything.

    `max_extra` is what an alternative may cost more without a yes (`amount_minor`, `currency`).
    """

    source: Source
    option: tuple[str, str] | None
    item_id: UUID | None
    category_id: UUID | None
    do: str
    alternatives: tuple[Alternative, ...]
    max_extra: Mapping[str, Any] | None
    answer_minutes: int | None
    without_answer: str | None


def substitution_rules(value: Mapping[str, Any]) -> tuple[SubstitutionRule, ...]:
    """Read the rules from the preference's value as it is kept."""
    return tuple(_rule(each) for each in value["rules"])


def _rule(kept: Mapping[str, Any]) -> SubstitutionRule:
    when, option = kept["when"], kept["when"].get("option")
    return SubstitutionRule(
        source=source_of(KIND, kept),
        option=(option["group"], option["option"]) if option else None,
        item_id=UUID(when["item_id"]) if when.get("item_id") else None,
        category_id=UUID(when["category_id"]) if when.get("category_id") else None,
        do=kept["do"],
        alternatives=tuple(_alternative(rank, each) for rank, each in enumerate(kept["alternatives"], start=1)),
        max_extra=kept.get("max_extra"),
        answer_minutes=kept.get("answer_minutes"),
        without_answer=kept.get("without_answer"),
    )


def _alternative(rank: int, kept: Mapping[str, Any]) -> Alternative:
    return Alternative(
        rank=rank,
        item_id=UUID(kept["item_id"]) if kept.get("item_id") else None,
        size=kept.get("size"),
        options=tuple((each["group"], each["option"], each["quantity"]) for each in kept.get("options") or ()),
    )


class Substitutions:
    """The customer's rules at one menu. Of several for the same, the one higher in their list holds."""

    def __init__(self, rules: Sequence[SubstitutionRule], menu: Menu) -> None:
        self._parents = parents_of(menu)
        self._of_options: dict[tuple[str, str], list[SubstitutionRule]] = {}
        self._of_scopes: dict[UUID | None, list[SubstitutionRule]] = {}
        for rule in rules:
            if rule.option is not None:
                self._of_options.setdefault(rule.option, []).append(rule)
            else:
                self._of_scopes.setdefault(rule.item_id or rule.category_id, []).append(rule)

    def of_item(self, item: Item) -> Sequence[SubstitutionRule]:
        """Return the rules for the item, then for its categories, the nearest first, then for anything; the first one
        holds."""
        scopes = (item.id, *way_up(self._parents, item.category_id), None)
        return [rule for scope in scopes for rule in self._of_scopes.get(scope, ())]

    def of_option(self, group_key: str, option_key: str) -> Sequence[SubstitutionRule]:
        """Return the rules for when the option is missing; the first one holds."""
        return self._of_options.get((group_key, option_key), ())
