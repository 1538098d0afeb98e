"""What a customer avoids, looked for in everything that a line is made of (docs/preferences.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ...menu.rules import Part

KIND = "avoid"

How = Literal["contains", "may_contain"]
Kind = Literal["allergen", "option", "item"]


@dataclass(frozen=True, slots=True)
class Found:
    """Something avoided, as a part of a line holds it.

    `avoided` is the name that overrides it: an allergen, an option as `group/option`, or an item's id. `path` is
    relative to the line, `part` is the name of what holds it.
    """

    avoided: str
    kind: Kind
    how: How
    path: str
    part: str

    def document(self, path: str = "") -> dict[str, Any]:
        """Return it as it is written on the wire, `path` before its own."""
        shown = {name: getattr(self, name) for name in ("avoided", "kind", "how", "part")}
        return {**shown, "path": f"{path}{self.path}"}

    @property
    def text(self) -> str:
        """Return it in words, to the customer."""
        if self.kind != "allergen":
            return f"You avoid {self.part}."
        return f"{self.part} {'contains' if self.how == 'contains' else 'may contain'} {self.avoided}. You avoid that."


@dataclass(frozen=True, slots=True)
class AvoidList:
    """What is avoided: allergens, each with whether what may contain it is avoided too; options; items."""

    allergens: Mapping[str, bool]
    things: frozenset[str]

    def found_in(self, parts: Iterable[Part]) -> Iterator[Found]:
        """Yield everything avoided that the parts hold."""
        for part in parts:
            name = name_of_part(part)
            if name in self.things:
                yield Found(name, part.kind, "contains", part.path, part.name)
            for allergen, also_may_contain in self.allergens.items():
                if allergen in part.contains:
                    yield Found(allergen, "allergen", "contains", part.path, part.name)
                elif also_may_contain and allergen in part.may_contain:
                    yield Found(allergen, "allergen", "may_contain", part.path, part.name)


def avoid_list(value: Mapping[str, Any]) -> AvoidList:
    """Read what is avoided from the preference's value as it is kept."""
    entries = value["entries"]
    return AvoidList(
        {each["allergen"]: each["also_may_contain"] for each in entries if "allergen" in each},
        names_of_things(each for each in entries if "allergen" not in each),
    )


def names_of_things(entries: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the names of entries of items and options."""
    return frozenset(name_of_thing(each) for each in entries)


def name_of_thing(entry: Mapping[str, Any]) -> str:
    """Return the name of an entry of items and options: the item's id, or its group's key and its own."""
    return str(entry["item_id"]) if "item_id" in entry else f"{entry['group']}/{entry['option']}"


def name_of_part(part: Part) -> str:
    """Return the name that an entry for the part has."""
    return str(part.id) if part.kind == "item" else f"{part.group_key}/{part.key}"


def name_of_entry(entry: Mapping[str, Any]) -> str:
    """Return the name of any entry of an avoid-list: what overrides it."""
    return str(entry["allergen"]) if "allergen" in entry else name_of_thing(entry)
