"""Why each field of a line is what it is: the rule that filled it, and those that didn't."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...menu.rules import Group, Item, LineRequest, ModifierRequest, ResolvedLine, ResolvedModifier
from ...sources import CHOSEN, ITEM_DEFAULT, Source
from .filling import Decision, Filling


def explain_line(
    filling: Filling, item: Item, request: LineRequest, line: ResolvedLine, path: str
) -> Iterator[dict[str, Any]]:
    """Yield each filled field of a line with its value, its source, and the rules that didn't fill it."""
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
    losers = [_rule(loser.rule.source, loser.why) for loser in decision.losers]
    if decision.winner is not None and source != decision.winner.source:
        losers.insert(0, _rule(decision.winner.source, "you_chose_otherwise"))
    return {"path": path, "value": value, "source": source.document(), "losers": losers}


def _rule(source: Source, why: str) -> dict[str, Any]:
    return {"id": source.id, "version": source.version, "said_at": source.said_at, "why": why}
