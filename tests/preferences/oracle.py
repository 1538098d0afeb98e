"""How lines are filled, once more: plain loops over plain rules, written from docs/preferences.md alone.

Nothing of the resolver is imported here, not even its data: what both would get wrong together would prove nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]

# Days (Monday is 0), from and until in minutes of the local day; until may lie in the next one.
HOURS: dict[str, tuple[range, int, int]] = {
    "06:00-11:00": (range(7), 360, 660),
    "Mo-Fr 06:00-11:00": (range(5), 360, 660),
    "11:00-17:30": (range(7), 660, 1050),
    "Sa-Su 09:00-14:00": (range(5, 7), 540, 840),
    "Fr-Sa 20:00-02:00": (range(4, 6), 1200, 1560),
    "00:00-24:00": (range(7), 0, 1440),
}


@dataclass
class Place:
    """A store at an instant: where it is, its clock, and which category stands under which."""

    store_id: str
    zone: str
    at: datetime
    parents: dict[str, str | None]


def holds(hours: str, at: datetime, zone: str) -> bool:
    """Tell whether the instant lies in the hours on the clock of the zone."""
    local = at.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    days, since, until = HOURS[hours]
    today, yesterday = local.weekday(), (local.date() - timedelta(days=1)).weekday()
    return (today in days and since <= minute < until) or (yesterday in days and minute + 1440 < until)


def field_of(rule: Json) -> str:
    """Return what a rule sets: the options of a group are a field each."""
    sets = rule["set"]
    return f"options:{sets['options'][0]['group']}" if "options" in sets else next(iter(sets))


def nearness(rule: Json, item: Json, place: Place) -> int | None:
    """Return how near to the item a rule's scope is: 0 the item, 1 its category, 2 the one above, …, 99 everything;
    None where it isn't about the item."""
    when = rule["when"]
    if "item_id" in when:
        return 0 if when["item_id"] == item["id"] else None
    if "category_id" not in when:
        return 99
    steps, category = 1, item["category"]
    while category is not None:
        if when["category_id"] == category:
            return steps
        steps, category = steps + 1, place.parents[category]
    return None


def why_not(rule: Json, item: Json, group: Json | None, place: Place) -> str | None:
    """Return why a rule can't fill, None where it can."""
    when, sets = rule["when"], rule["set"]
    if "store_id" in when and when["store_id"] != place.store_id:
        return "other_store"
    if "daypart" in when and not holds(when["daypart"], place.at, place.zone):
        return "other_time"
    if "size" in sets and sets["size"] not in item["sizes"]:
        return "not_offered"
    if group is None or "options" not in sets:
        return None
    choices = {option["key"] for option in group["options"] if option["kind"] == "choice"}
    units = 0
    for option in sets["options"]:
        if group["hidden"] or option["option"] not in choices:
            return "not_offered"
    for option in sets["options"]:
        units += option["quantity"]
        if group["max_per_option"] is not None and option["quantity"] > group["max_per_option"]:
            return "not_so_many"
    if units < group["min"] or (group["max"] is not None and units > group["max"]):
        return "not_so_many"
    return None


def decide(
    rules: list[Json], wanted: str, item: Json, group: Json | None, place: Place
) -> tuple[str | None, dict[str, str]]:
    """Return the id of the rule that fills the field of the item, and for each other rule about it why not."""
    about = [rule for rule in rules if field_of(rule) == wanted and nearness(rule, item, place) is not None]
    best: Json | None = None
    for rule in about:
        if why_not(rule, item, group, place) is None and (best is None or _stronger(rule, best, item, place)):
            best = rule
    losers = {}
    for rule in about:
        if rule is not best:
            losers[rule["id"]] = why_not(rule, item, group, place) or _why_after(rule, best or rule, item, place)
    return (best["id"] if best else None), losers


def _stronger(one: Json, other: Json, item: Json, place: Place) -> bool:
    """Tell whether a rule lower in the list beats one that is higher: only by being more specific."""
    here, there = nearness(one, item, place), nearness(other, item, place)
    assert here is not None
    assert there is not None
    if here != there:
        return here < there
    for name in ("store_id", "daypart"):
        if (name in one["when"]) != (name in other["when"]):
            return name in one["when"]
    return False


def _why_after(rule: Json, best: Json, item: Json, place: Place) -> str:
    alike = nearness(rule, item, place) == nearness(best, item, place) and all(
        (name in rule["when"]) == (name in best["when"]) for name in ("store_id", "daypart")
    )
    return "lower_in_your_list" if alike else "less_specific"


def fill(rules: list[Json], item: Json, place: Place) -> Json:
    """Return what an open line of the item holds, each value with the id of the rule behind it (None: the item)."""
    by_id = {rule["id"]: rule["set"] for rule in rules}

    def ruled(wanted: str, group: Json | None = None) -> tuple[str | None, Json]:
        winner, _ = decide(rules, wanted, item, group, place)
        return winner, by_id[winner] if winner else {}

    line: Json = {}
    for name, default in (("size", item["default_size"]), ("quantity", 1), ("note", None)):
        winner, sets = ruled(name)
        line[name] = (sets.get(name, default), winner)

    def held(groups: list[Json]) -> list[tuple[str, str, int, str | None, list[Any]]]:
        found = []
        for group in groups:
            winner, sets = ruled(f"options:{group['key']}", group)
            units = {option["option"]: option["quantity"] for option in sets.get("options", ())}
            for option in group["options"]:
                many = units.get(option["key"], 0) if winner else option["default"]
                if many > 0:
                    found.append((group["key"], option["key"], many, winner, held(option["groups"])))
        return found

    line["modifiers"] = held(item["groups"])
    return line


@dataclass
class History:
    """The versions of one customer's rules; version n stands at n - 1."""

    versions: list[list[Json] | None] = field(default_factory=list)
    forgotten: int = 0

    @property
    def now(self) -> list[Json] | None:
        """Return the rules that hold, None for none."""
        return self.versions[-1] if self.versions else None

    def say(self, rules: list[Json]) -> None:
        """Let these rules hold: one that said the same before keeps the version it says so since."""
        version, before = len(self.versions) + 1, {rule["id"]: rule for rule in self.now or ()}
        kept = []
        for rule in rules:
            old = before.get(rule["id"])
            same = old is not None and all(old[part] == rule[part] for part in ("name", "when", "set"))
            kept.append({**rule, "since": old["since"] if same and old is not None else version})
        self.versions.append(kept)

    def withdraw(self) -> None:
        """Say nothing any more."""
        self.versions.append(None)

    def undo(self, to_version: int) -> None:
        """Let an earlier version hold again; 0 is when nothing was said."""
        self.versions.append(self.versions[to_version - 1] if to_version else None)

    def forget(self) -> None:
        """Take all away that was ever said."""
        self.versions = [None] * (len(self.versions) + 1)
        self.forgotten = len(self.versions)
