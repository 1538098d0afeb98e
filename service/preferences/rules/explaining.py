"""Why each field of a basket is what it is: who filled it, and what the customer said before that didn't."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args

from ...menu.rules import Group, Item, LineRequest, Menu, ModifierRequest, ResolvedLine, ResolvedModifier
from ...sources import CHOSEN, ITEM_DEFAULT, Source
from . import order_fields
from .filling import Decision, Filling
from .filling import Why as WhyNot
from .missing import Standing
from .order_fields import OTHERWISE, Filled, Passed
from .policies import policies
from .said import Said
from .substitution import SubstitutionRule

WHY = (*get_args(WhyNot), OTHERWISE)
"""Why something that was said before doesn't fill a field."""


def explain_line(
    filling: Filling, item: Item, request: LineRequest, line: ResolvedLine, path: str
) -> Iterator[dict[str, Any]]:
    """Yield each filled field of what a line is made of."""
    size = {"id": str(line.size_id), "name": line.size_name}
    yield _field(f"{path}.size", size, line.size_source, filling.decide("size", item, None))
    yield _field(f"{path}.quantity", line.quantity, line.quantity_source, filling.decide("quantity", item, None))
    note, decision = line.note_source, filling.decide("note", item, None)
    if note is not None or decision.losers:
        yield _field(f"{path}.note", line.note, note or ITEM_DEFAULT, decision)
    yield from _groups(filling, item, item.groups, request.modifiers, line.modifiers, path)


def _groups(
    filling: Filling,
    item: Item,
    groups: Sequence[Group],
    asked: Sequence[ModifierRequest],
    held: Sequence[ResolvedModifier],
    path: str,
) -> Iterator[dict[str, Any]]:
    for group in groups:
        here = [each for each in held if each.group_id == group.id]
        decision = filling.decide(f"options:{group.key}", item, group)
        source = here[0].source if here else _source_of_nothing(group, asked, decision)
        value = [{"option_id": str(each.option_id), "name": each.name, "quantity": each.quantity} for each in here]
        at = f"{path}.groups.{group.key}"
        yield _field(at, value, source, decision)
        options = {option.id: option for option in group.options}
        requests = {each.option_id: each.modifiers for each in asked}
        for each in here:
            below = requests.get(each.option_id, ()) if each.source == CHOSEN else ()
            nested = options[each.option_id].groups
            yield from _groups(filling, item, nested, below, each.modifiers, f"{at}.{each.option_key}")


def _source_of_nothing(group: Group, asked: Sequence[ModifierRequest], decision: Decision) -> Source:
    """Return who said that the group holds nothing."""
    if {each.option_id for each in asked} & {option.id for option in group.options}:
        return CHOSEN
    return decision.winner.source if decision.winner is not None else ITEM_DEFAULT


def _field(path: str, value: Any, source: Source, decision: Decision) -> dict[str, Any]:
    losers = [_loser(loser.rule.source, loser.why) for loser in decision.losers]
    if decision.winner is not None and source != decision.winner.source:
        losers.insert(0, _loser(decision.winner.source, OTHERWISE))
    return {"path": path, "value": value, "source": source.document(), "losers": losers}


def explain_order(basket: Mapping[str, Any], said: Said, *, offered: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield each filled field beside the lines; `offered` are the store's ways of picking up. Raises Invalid."""
    pickup = basket["pickup"]
    filled: dict[str, Filled | None] = {
        "pickup.method": order_fields.pickup_method(pickup.get("method"), said, offered),
        "pickup.alias": order_fields.call_name(pickup.get("alias"), said),
        "pickup.if_not_collected": order_fields.if_not_collected(pickup.get("if_not_collected"), said),
        "fire": order_fields.fire(basket["fire"], basket["at"], said),
        "remedy": order_fields.remedy(basket["remedy"], said),
        "price_ceiling": order_fields.price_ceiling(None, said),
        "tenders": order_fields.tenders(None, said),
        "tip": order_fields.tip(None, said, None),
    }
    for path, each in filled.items():
        if each is not None:
            yield _shown(path, each.value, each.source.document(), each.passed)


def explain_shortages(
    basket: Mapping[str, Any], lines: Sequence[ResolvedLine], menu: Menu, said: Said
) -> Iterator[dict[str, Any]]:
    """Yield what happens to each line that can't be made after all; and where one of its options is missing, if the
    customer said something for that."""
    standing = Standing(said.substitutions, menu)
    for index, (line, policy) in enumerate(zip(lines, policies(basket, lines, menu, said), strict=True)):
        path, of_options = f"lines.{index}.if_unavailable", standing.rules_for_options(line)
        passed = _after(standing.rules_for(line), policy["source"])
        if policy["source"] == CHOSEN.document():  # it holds for whatever of the line is missing
            passed += [each for _, rules in of_options for each in _after(rules, policy["source"])]
        yield _policy(path, policy, passed)
        for place, (shown, (_, rules)) in enumerate(zip(policy.get("for_options", ()), of_options, strict=False)):
            yield _policy(f"{path}.for_options.{place}", shown, _after(rules, shown["source"]))


def _after(rules: Sequence[SubstitutionRule], source: Mapping[str, Any]) -> list[Passed]:
    """Return the rules that don't hold, of some of which the first would."""
    passed = [Passed(rule.source, _why_after(rules[0], rule)) for rule in rules[1:]]
    if rules and source == CHOSEN.document():
        passed.insert(0, Passed(rules[0].source, OTHERWISE))
    return passed


def _why_after(winner: SubstitutionRule, rule: SubstitutionRule) -> str:
    is_as_specific = (winner.item_id, winner.category_id) == (rule.item_id, rule.category_id)
    return "lower_in_your_list" if is_as_specific else "less_specific"


def _policy(path: str, policy: Mapping[str, Any], passed: Iterable[Passed]) -> dict[str, Any]:
    value = {name: each for name, each in policy.items() if name not in {"source", "for_options"}}
    return _shown(path, value, policy["source"], passed)


def _shown(path: str, value: Any, source: Mapping[str, Any], passed: Iterable[Passed]) -> dict[str, Any]:
    return {"path": path, "value": value, "source": source, "losers": [_loser(*each) for each in passed]}


def _loser(source: Source, why: str) -> dict[str, Any]:
    return {
        "preference": source.preference,
        "id": source.id,
        "version": source.version,
        "said_at": source.said_at,
        "why": why,
    }
