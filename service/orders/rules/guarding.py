"""What a customer said that they don't want, kept out of what they order and of all that could take its place
(docs/preferences.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from ...errors import Invalid
from ...menu.rules import Part, ResolvedLine
from ...preferences.errors import Avoided, CeilingExceeded, DietNotStated
from ...preferences.rules import Found, Said, ceilings, name_of_part, unstated_diets
from ...sources import CHOSEN


def require_wanted(lines: Sequence[ResolvedLine], basket: Mapping[str, Any], said: Said) -> None:
    """Refuse a basket that holds what its customer avoids, and doesn't override for that line; or that breaks a diet or
    a ceiling by which they want it refused. Raises Avoided, DietNotStated, CeilingExceeded."""
    if said.revision == 0:
        return
    found = [
        (f"lines.{index}.", each)
        for index, (line, asked) in enumerate(zip(lines, basket["lines"], strict=True))
        for each in avoided_in(said, line)
        if each.avoided not in (asked.get("override_avoid") or ())
    ]
    if found:
        raise refusal_of(found)
    _require_diets(lines, said)
    exceeded = [each for each in ceilings(said, lines) if each.do == "refuse" and each.is_exceeded]
    if exceeded:
        raise CeilingExceeded([each.document() for each in exceeded])


def avoided_in(said: Said, line: ResolvedLine) -> list[Found]:
    """Return everything avoided that is anywhere in the line."""
    return list(said.avoids.found_in(line.parts)) if said.avoids is not None else []


def refusal_of(found: Sequence[tuple[str, Found]]) -> Avoided:
    """Return the refusal that names what was found, each with the path before its own."""
    errors: dict[str, list[str]] = {}
    for path, each in found:
        errors.setdefault(f"{path}{each.path}", []).append(each.text)
    return Avoided(errors, [each.document(path) for path, each in found])


def _require_diets(lines: Sequence[ResolvedLine], said: Said) -> None:
    refused = [each for each in unstated_diets(said, lines) if each.do == "refuse"]
    if refused:
        errors = {f"lines.{each.line}.{path}": [each.text] for each in refused for path in each.parts}
        raise DietNotStated(errors, [each.document(lines) for each in refused])


def require_needed_overrides(
    lines: Sequence[ResolvedLine], basket: Mapping[str, Any], said: Said, *, by_customer: bool
) -> None:
    """Refuse an override of what the line doesn't hold or the customer doesn't avoid: a list of everything, sent with
    every order, would be no list. Who orders for a customer overrides nothing. Raises Invalid."""
    wrong = {}
    for index, (line, asked) in enumerate(zip(lines, basket["lines"], strict=True)):
        names = asked.get("override_avoid") or ()
        there = {each.avoided for each in avoided_in(said, line)} if names else set()
        for number, name in enumerate(names):
            if not by_customer:
                wrong[f"lines.{index}.override_avoid.{number}"] = ["Only they themselves can override what they avoid."]
            elif name not in there:
                wrong[f"lines.{index}.override_avoid.{number}"] = ["There is nothing in this line to override by this."]
    if wrong:
        raise Invalid(wrong)


def overridden(lines: Sequence[ResolvedLine], basket: Mapping[str, Any], said: Said) -> list[list[dict[str, Any]]]:
    """Return for each line of a basket what it holds though its customer avoids it, as they say for this order."""
    return [
        overrides_in(line, asked.get("override_avoid") or (), said)
        for line, asked in zip(lines, basket["lines"], strict=True)
    ]


def overrides_in(line: ResolvedLine, names: Sequence[str], said: Said) -> list[dict[str, Any]]:
    """Return what the line holds of what is overridden, as it is kept with the line and printed."""
    if not names:
        return []
    shown = [
        {"avoided": each.avoided, "kind": each.kind, "how": each.how, "part": each.part, "source": CHOSEN.document()}
        for each in avoided_in(said, line)
        if each.avoided in names
    ]
    return [each for index, each in enumerate(shown) if each not in shown[:index]]


def watched(lines: Sequence[ResolvedLine], said: Said) -> dict[str, Any]:
    """Return what a quote says of the customer's diets and ceilings; nothing at all where they stated none."""
    if said.of("diets") is None and said.of("ceilings") is None:
        return {}
    found = list(ceilings(said, lines))
    warnings = [each.document(lines) for each in unstated_diets(said, lines)]
    warnings += [each.warning() for each in found if each.is_exceeded or each.at_least]
    shown: dict[str, Any] = {"warnings": warnings}
    return {**shown, "ceilings": [each.document() for each in found]} if found else shown


def is_crossing(said: Said, candidate: ResolvedLine, line: Mapping[str, Any]) -> bool:
    """Tell whether something other in a sold line's place would hold what the customer avoids now, and didn't override
    for that line as badly; or wouldn't state a diet by which they refuse."""
    if said.revision == 0:
        return False
    if any(not _is_overridden(each, line) for each in avoided_in(said, candidate)):
        return True
    return any(each.do == "refuse" for each in unstated_diets(said, [candidate]))


def require_welcome(
    said: Said, found: ResolvedLine, document: Mapping[str, Any], *, in_place_of: Mapping[str, Any]
) -> None:
    """Refuse to put something in a sold line's place that holds what its customer avoids now. Raises Avoided."""
    crossed = crossed_in(said, found, document, in_place_of=in_place_of)
    if crossed:
        raise refusal_of([("answer.", each) for each in crossed])


def crossed_in(
    said: Said, found: ResolvedLine, document: Mapping[str, Any], *, in_place_of: Mapping[str, Any]
) -> list[Found]:
    """Return what something in a sold line's place holds that its customer avoids now, either as it is sold now or by
    the document that they were shown, but for what they overrode for that line."""
    avoids = said.avoids
    if avoids is None:
        return []
    held = [*avoids.found_in(found.parts), *avoids.found_in(_parts_of_sold(document))]
    return [each for each in held if not _is_overridden(each, in_place_of)]


def _is_overridden(found: Found, line: Mapping[str, Any]) -> bool:
    """Tell whether the line was placed with the same held as surely: who took a trace took no glass of it."""
    return any(
        each["avoided"] == found.avoided and (each["how"] == "contains" or found.how == "may_contain")
        for each in line.get("overrides", ())
    )


def overrides_kept(said: Said, candidate: ResolvedLine, line: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what of the line's overrides holds for what takes its place, to be printed there too."""
    return overrides_in(candidate, [each["avoided"] for each in line.get("overrides", ())], said)


def is_disliked(said: Said, candidate: ResolvedLine, *, but_named: bool) -> bool:
    """Tell whether it holds what the customer dislikes; with `but_named`, other than what this order itself names."""
    return bool(said.dislikes) and any(
        name_of_part(part) in said.dislikes and not (but_named and part.source == CHOSEN) for part in candidate.parts
    )


def crossed_by(said: Said, lines: Sequence[Mapping[str, Any]]) -> list[tuple[str, Found]]:
    """Return what lines that were sold hold of what their customer avoids now, but for what they overrode."""
    avoids = said.avoids
    if avoids is None:
        return []
    return [
        (f"lines.{index}.", found)
        for index, line in enumerate(lines)
        for found in avoids.found_in(_parts_of_sold(line))
        if not _is_overridden(found, line)
    ]


def _parts_of_sold(line: Mapping[str, Any]) -> Iterator[Part]:
    """Yield what a sold line is made of; what of it holds an allergen was not kept, so the line as a whole does."""
    contains, may_contain = frozenset(line["contains"]), frozenset(line["may_contain"])
    item = line["item"]
    yield Part("item", "item", UUID(item["id"]), None, item["sku"], item["name"], contains, may_contain, True, CHOSEN)
    yield from _modifiers_of_sold(line["modifiers"], "modifiers")


def _modifiers_of_sold(modifiers: Sequence[Mapping[str, Any]], path: str) -> Iterator[Part]:
    nothing: frozenset[str] = frozenset()
    for index, each in enumerate(modifiers):
        option, at = each["option"], f"{path}.{index}"
        key, group_key = option.get("key", ""), each["group"].get("key")
        yield Part(at, "option", UUID(option["id"]), group_key, key, option["name"], nothing, nothing, True, CHOSEN)
        yield from _modifiers_of_sold(each["modifiers"], f"{at}.modifiers")
