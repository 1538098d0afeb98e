"""What a customer said once for lines that can't be made, put into the terms of one line at one store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...menu.rules import Group, Item, Menu, Option, ResolvedLine, ResolvedModifier
from .substitution import Alternative, SubstitutionRule, Substitutions

_Instead = Mapping[str, Sequence[tuple[str, int]]]
"""What groups hold instead, by the group's key: options by their keys, and how many of each."""


class Standing:
    """The customer's rules for what is missing, at one menu. Alternatives that the store doesn't offer are left out;
    the others keep the rank that the customer gave them."""

    def __init__(self, rules: Sequence[SubstitutionRule], menu: Menu) -> None:
        self._rules, self._menu = Substitutions(rules, menu), menu

    def of_line(self, line: ResolvedLine) -> dict[str, Any] | None:
        """Return what holds for the line, None where the customer said nothing for it."""
        rules = self.rules_for(line)
        return self._policy(rules[0], line) if rules else None

    def of_options(self, line: ResolvedLine) -> list[dict[str, Any]]:
        """Return what holds where one of the line's options is missing, for each that the customer said something
        for."""
        return [
            {"option": {"id": str(each.option_id), "name": each.name}, **self._policy(rules[0], line)}
            for each, rules in self.rules_for_options(line)
        ]

    def rules_for(self, line: ResolvedLine) -> Sequence[SubstitutionRule]:
        """Return the rules that are about the line, the one that holds first."""
        return self._rules.of_item(self._menu.items[line.item_id])

    def rules_for_options(self, line: ResolvedLine) -> list[tuple[ResolvedModifier, Sequence[SubstitutionRule]]]:
        """Return the options of the line that there are rules about, each with its rules, the one that holds first."""
        found = {each.option_id: (each, self._rules.of_option(each.group_key, each.option_key)) for each in _all(line)}
        return [(each, rules) for each, rules in found.values() if rules]

    def _policy(self, rule: SubstitutionRule, line: ResolvedLine) -> dict[str, Any]:
        stated = {
            "max_extra": rule.max_extra,
            "answer_minutes": rule.answer_minutes,
            "without_answer": rule.without_answer,
        }
        named = ((each.rank, self._request(each, line)) for each in rule.alternatives)
        return {
            "do": rule.do,
            "substitutes": [{"rank": rank, **request} for rank, request in named if request is not None],
            "avoid": [],
            **{name: value for name, value in stated.items() if value is not None},
            "source": rule.source.document(),
        }

    def _request(self, alternative: Alternative, line: ResolvedLine) -> dict[str, Any] | None:
        """Return the alternative as it is asked for at the store, None where the store doesn't offer it."""
        item = self._menu.items.get(alternative.item_id or line.item_id)
        if item is None:
            return None
        size_id = str(line.size_id) if alternative.item_id is None else None
        if alternative.size is not None:
            size_id = next((str(size.id) for size in item.sizes if size.key == alternative.size), None)
            if size_id is None:
                return None
        instead: dict[str, list[tuple[str, int]]] = {}
        for group, option, units in alternative.options:
            instead.setdefault(group, []).append((option, units))
        held = line.modifiers if alternative.item_id is None else None
        modifiers = _named(item.groups, held, instead)
        if modifiers is None or instead.keys() - _groups_named(item, modifiers):
            return None
        return {"item_id": str(item.id), "size_id": size_id, "modifiers": modifiers}


def _named(
    groups: Sequence[Group], held: Sequence[ResolvedModifier] | None, instead: _Instead
) -> list[dict[str, Any]] | None:
    """Return what the groups hold as it is named in a request: `instead` where it says something, else what is `held`
    (None: left open). None where a group doesn't offer it."""
    named: list[dict[str, Any]] = []
    for group in groups:
        options = {option.key: option for option in group.options}
        if group.hidden:
            continue
        if group.key in instead:
            if any(key not in options for key, _ in instead[group.key]):
                return None
            named += [_request(options[key], units) for key, units in instead[group.key]]
        elif held is not None:
            here = [each for each in held if each.group_id == group.id]
            for each in here:
                nested = _named(options[each.option_key].groups, each.modifiers, instead)
                if nested is None:
                    return None
                named.append(_request(options[each.option_key], each.quantity, each.text, nested))
            if not here and group.default_option is not None:
                named.append(_request(group.default_option, 0))  # it was chosen away, and stays away
    return named


def _request(
    option: Option, quantity: int, text: str | None = None, modifiers: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    return {"option_id": str(option.id), "quantity": quantity, "text": text, "modifiers": list(modifiers)}


def _groups_named(item: Item, modifiers: Sequence[Mapping[str, Any]]) -> set[str]:
    def of(groups: Sequence[Group], requests: Sequence[Mapping[str, Any]]) -> set[str]:
        by_id = {str(option.id): (group, option) for group in groups for option in group.options}
        found = set()
        for each in requests:
            group, option = by_id[each["option_id"]]
            found |= {group.key} | of(option.groups, each["modifiers"])
        return found

    return of(item.groups, modifiers)


def _all(line: ResolvedLine) -> list[ResolvedModifier]:
    def below(modifiers: Sequence[ResolvedModifier]) -> list[ResolvedModifier]:
        return [found for each in modifiers for found in (each, *below(each.modifiers))]

    return below(line.modifiers)
