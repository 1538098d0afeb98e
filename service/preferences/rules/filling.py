"""How a customer's rules fill the lines of one basket: the most specific rule wins, then the one higher in their list
(docs/preferences.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal
from uuid import UUID

from ...menu.rules import Group, Item, Menu, ModifierRequest, Size, is_open_at
from ...sources import Source
from .order_rules import Rule
from .said import Said
from .scopes import parents_of, way_up

Why = Literal[
    "less_specific", "lower_in_your_list", "other_store", "other_time", "not_offered", "not_so_many", "disliked"
]
"""Why a rule that could fill a field doesn't."""
MOST = 50


@dataclass(frozen=True, slots=True)
class Loser:
    """A rule for the same field of the same item that didn't fill it."""

    rule: Rule
    why: Why


@dataclass(frozen=True, slots=True)
class Decision:
    """Which rule fills a field, None for none, and which don't."""

    winner: Rule | None
    losers: tuple[Loser, ...]


class Filling:
    """Fills what the lines of a basket leave open, at one store for one instant: see `menu.rules.Fills`."""

    def __init__(self, said: Said, menu: Menu, *, at: datetime, timezone: str, country: str) -> None:
        self._menu, self._at, self._timezone, self._country = menu, at, timezone, country
        self._disliked = said.dislikes
        self._by_field: dict[str, dict[UUID | None, list[Rule]]] = {}
        for rule in said.rules:
            of_field = self._by_field.setdefault(rule.field, {})
            of_field.setdefault(rule.item_id or rule.category_id, []).append(rule)

    def size(self, item: Item) -> tuple[Size, Source] | None:
        """Return the size that the customer's rule takes."""
        rule = self._first("size", item, None)
        if rule is None:
            return None
        return next(size for size in item.sizes if size.key == rule.size), rule.source

    def options(self, item: Item, group: Group) -> tuple[tuple[ModifierRequest, ...], Source] | None:
        """Return what the customer's rule puts into the group."""
        rule = self._first(f"options:{group.key}", item, group)
        if rule is None:
            return None
        ids = {option.key: option.id for option in group.options}
        return tuple(ModifierRequest(option_id=ids[key], quantity=units) for _, key, units in rule.options), rule.source

    def quantity(self, item: Item) -> tuple[int, Source] | None:
        """Return how many the customer's rule takes."""
        rule = self._first("quantity", item, None)
        return None if rule is None or rule.quantity is None else (rule.quantity, rule.source)

    def note(self, item: Item) -> tuple[str, Source] | None:
        """Return the note of the customer's rule."""
        rule = self._first("note", item, None)
        return None if rule is None or rule.note is None else (rule.note, rule.source)

    def decide(self, field: str, item: Item, group: Group | None) -> Decision:
        """Return which of the rules for the field of the item fills it, and why the others don't."""
        winner: Rule | None = None
        losers = []
        for rule in self._candidates(field, item):
            why = self._why_not(rule, item, group)
            if why is None and winner is None:
                winner = rule
            else:
                assert winner is not None or why is not None
                losers.append(Loser(rule, why or self._why_after(winner, rule, item)))
        return Decision(winner, tuple(losers))

    def _first(self, field: str, item: Item, group: Group | None) -> Rule | None:
        if field not in self._by_field:
            return None
        return next((rule for rule in self._candidates(field, item) if self._why_not(rule, item, group) is None), None)

    def _candidates(self, field: str, item: Item) -> Iterator[Rule]:
        """Yield the rules for the field of the item, the strongest first, wherever and whenever they hold."""
        by_scope = self._by_field.get(field, {})
        for scope in (item.id, *way_up(self._parents, item.category_id), None):
            yield from sorted(by_scope.get(scope, ()), key=_strength)

    @cached_property
    def _parents(self) -> dict[UUID, UUID | None]:
        return parents_of(self._menu)

    def _why_not(self, rule: Rule, item: Item, group: Group | None) -> Why | None:
        if rule.store_id is not None and rule.store_id != self._menu.store_id:
            return "other_store"
        if rule.daypart is not None and not is_open_at(
            rule.daypart, self._at, timezone=self._timezone, country=self._country
        ):
            return "other_time"
        if rule.size is not None and all(size.key != rule.size for size in item.sizes):
            return "not_offered"
        if any(units and f"{of}/{key}" in self._disliked for of, key, units in rule.options):
            return "disliked"
        return _unfit(rule, group) if group is not None else None

    def _why_after(self, winner: Rule | None, rule: Rule, item: Item) -> Why:
        if winner is not None and self._scope(winner, item) == self._scope(rule, item):
            return "lower_in_your_list"
        return "less_specific"

    def _scope(self, rule: Rule, item: Item) -> tuple[object, ...]:
        return rule.item_id or rule.category_id, rule.store_id is None, rule.daypart is None


def _strength(rule: Rule) -> tuple[bool, bool, int]:
    return rule.store_id is None, rule.daypart is None, rule.place


def _unfit(rule: Rule, group: Group) -> Why | None:
    """Tell why the group can't hold what the rule puts into it."""
    offered = {option.key: option for option in group.options if option.kind == "choice"}
    if group.hidden or any(key not in offered for _, key, _ in rule.options):
        return "not_offered"
    most = group.max_per_option
    units = [units for _, _, units in rule.options]
    if any(most is not None and each > most for each in units) or not (
        group.min <= sum(units) <= (group.max if group.max is not None else sum(units))
    ):
        return "not_so_many"
    return None
