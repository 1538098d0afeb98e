"""The customer's own rules for order lines: when each holds, what it sets, and since when it says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ...sources import Source

KIND = "order_rules"
Choice = tuple[str, str, int]
"""An option by its group's key and its own, and how many of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. It sets `size` (by key), `options` of one group, `quantity` or `note`; `field` says which.

    `place` is where it stands in the customer's list. It holds for the item, or the category and what is below it, and
    only at the store and in the hours (OSM opening_hours syntax, in the store's zone) that it names.
    """

    source: Source
    place: int
    item_id: UUID | None
    category_id: UUID | None
    store_id: UUID | None
    daypart: str | None
    field: str
    size: str | None = None
    options: tuple[Choice, ...] = ()
    quantity: int | None = None
    note: str | None = None


def rules_of(value: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Read the rules from the preference's value as it is kept."""
    return tuple(_rule(place, each) for place, each in enumerate(value["rules"]))


def _rule(place: int, kept: Mapping[str, Any]) -> Rule:
    when, sets = kept["when"], kept["set"]
    options = tuple((each["group"], each["option"], each["quantity"]) for each in sets.get("options") or ())
    return Rule(
        source=source_of(KIND, kept),
        place=place,
        item_id=_id(when.get("item_id")),
        category_id=_id(when.get("category_id")),
        store_id=_id(when.get("store_id")),
        daypart=when.get("daypart"),
        field=field_of(sets),
        size=sets.get("size"),
        options=options,
        quantity=sets.get("quantity"),
        note=sets.get("note"),
    )


def source_of(kind: str, kept: Mapping[str, Any]) -> Source:
    """Return the source that a field names which a kept rule of the kind filled."""
    return Source("customer_rule", kind, UUID(kept["id"]), kept["version"], _instant(kept["said_at"]))


def field_of(sets: Mapping[str, Any]) -> str:
    """Return the field that a rule fills: `size`, `quantity`, `note` or `options:` with the group's key."""
    if sets.get("options"):
        return f"options:{sets['options'][0]['group']}"
    return next(name for name in ("size", "quantity", "note") if sets.get(name) is not None)


def said_again(
    before: Mapping[str, Any] | None,
    rules: Sequence[Mapping[str, Any]],
    *,
    version: int,
    now: datetime,
    new_id: Callable[[], UUID],
) -> dict[str, Any]:
    """Return the value to keep: a rule that says what it said before stays as old as it is, by its id."""
    known = {each["id"]: each for each in (before or {"rules": ()})["rules"]}
    kept = []
    for rule in rules:
        rule_id = str(rule["id"]) if rule.get("id") else str(new_id())
        content = {**_unstamped(rule), "id": rule_id}
        old = known.get(rule_id)
        is_same = old is not None and _unstamped(old) == content
        stamp = old if is_same and old is not None else {"version": version, "said_at": now.isoformat()}
        kept.append({**content, "version": stamp["version"], "said_at": stamp["said_at"]})
    return {"rules": kept}


def _unstamped(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if name not in {"version", "said_at"}}


def _id(value: str | None) -> UUID | None:
    return UUID(value) if value else None


def _instant(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
