"""How a customer's rules fill the lines of one basket: the most specific rule wins, then the one higher in their list
(docs/preferences.md)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Literal, NamedTuple
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


class Loser(NamedTuple):
    """A rule for the same field of the same item that didn't fill it."""

    rule: Rule
    why: Why


class Decision(NamedTuple):
    """Which rule fills a field, None for none, and which don't."""

    winner: Rule | None
    losers: tuple[Loser, ...]


class Filling:
    """Fills what the lines of a basket leave open, at one store for one instant: see `menu.rules.Fills`."""

    def __init__(self, said: Said, menu: Menu, *, at: datetime, timezone: str, country: str) -> None:
        self._menu, self._at, self._timezone, self._country = menu, at, timezone, country
        self._disliked = said.dislikes
        self._by_field = said.rules_by_field
        self._unheld: dict[int, Why | None] = {}
        self._scopes: dict[UUID, tuple[UUID | None, ...]] = {}

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
                losers.append(Loser(rule, why or _why_after(winner, rule)))
        return Decision(winner, tuple(losers))

    def _first(self, field: str, item: Item, group: Group | None) -> Rule | None:
        if field not in self._by_field:
            return None
        return next((rule for rule in self._candidates(field, item) if self._why_not(rule, item, group) is None), None)

    def _candidates(self, field: str, item: Item) -> Iterator[Rule]:
        """Yield the rules for the field of the item, the strongest first, wherever and whenever they hold."""
        by_scope = self._by_field.get(field)
        if by_scope is None:
            return
        if item.id not in self._scopes:
            self._scopes[item.id] = (item.id, *way_up(self._parents, item.category_id), None)
        for scope in self._scopes[item.id]:
            yield from by_scope.get(scope, ())

    @cached_property
    def _parents(self) -> dict[UUID, UUID | None]:
        return parents_of(self._menu)

    def _why_not(self, rule: Rule, item: Item, group: Group | None) -> Why | None:
        if rule.place not in self._unheld:
            self._unheld[rule.place] = self._why_unheld(rule)
        if (why := self._unheld[rule.place]) is not None:
            return why
        if rule.size is not None:
            return None if any(size.key == rule.size for size in item.sizes) else "not_offered"
        return _unfit(rule, group) if group is not None else None

    def _why_unheld(self, rule: Rule) -> Why | None:
        """Tell why the rule doesn't hold at this store for this instant, whatever it is asked about."""
        if rule.store_id is not None and rule.store_id != self._menu.store_id:
            return "other_store"
        if rule.daypart is not None and not is_open_at(
            rule.daypart, self._at, timezone=self._timezone, country=self._country
        ):
            return "other_time"
        if any(units and f"{of}/{key}" in self._disliked for of, key, units in rule.options):
            return "disliked"
        return None


def _unfit(rule: Rule, group: Group) -> Why | None:
    """Tell why the group can't hold what the rule puts into it."""
    keys = [key for _, key, _ in rule.options]
    if group.hidden or sum(option.key in keys and option.kind == "choice" for option in group.options) < len(keys):
        return "not_offered"
    most, units = group.max_per_option, [units for _, _, units in rule.options]
    if (
        (most is not None and max(units) > most)
        or sum(units) < group.min
        or (group.max is not None and sum(units) > group.max)
    ):
        return "not_so_many"
    return None


def _why_after(winner: Rule | None, rule: Rule) -> Why:
    """Tell what a rule that fits has less than the one that fills."""
    if winner is not None and _scope(winner) == _scope(rule):
        return "lower_in_your_list"
    return "less_specific"


def _scope(rule: Rule) -> tuple[object, ...]:
    return rule.store_id is None, rule.daypart is None, rule.item_id or rule.category_id
