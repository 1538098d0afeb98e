"""What a value must be beyond its form: whatever it names must exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...errors import Invalid
from ...menu import queries as menu
from ...menu.rules import is_parsable
from ...stores import queries as stores
from ..rules import name_of_entry
from ..rules.alias import check_alias


def check(session: Session, kind: str, value: dict[str, Any]) -> None:
    """Refuse a value that names what doesn't exist, or contradicts itself. Raises Invalid, by its path."""
    checked = _CHECKS.get(kind)
    wrong = checked(session, value) if checked is not None else {}
    if wrong:
        raise Invalid(wrong)


def _order_rules(session: Session, value: dict[str, Any]) -> dict[str, list[str]]:
    rules = value["rules"]
    wrong = _repeated_ids(rules)
    wanted = {(each["group"], each["option"]) for rule in rules for each in rule["set"].get("options") or ()}
    known = menu.known_options(session, wanted)
    things = _known_things(session, rules)
    for index, rule in enumerate(rules):
        at, when, sets = f"value.rules.{index}", rule["when"], rule["set"]
        for name, exist in things.items():
            if when.get(name) and UUID(when[name]) not in exist:
                wrong[f"{at}.when.{name}"] = ["There is none with this id."]
        if when.get("daypart") and not is_parsable(when["daypart"]):
            wrong[f"{at}.when.daypart"] = ["Not opening hours, such as Mo-Fr 06:00-11:00."]
        options = sets.get("options") or ()
        if len({each["group"] for each in options}) > 1:
            wrong[f"{at}.set.options"] = ["A rule sets the options of one group."]
        if len({each["option"] for each in options}) < len(options):
            wrong[f"{at}.set.options"] = ["An option is named twice; use its quantity."]
        for number, each in enumerate(options):
            if (each["group"], each["option"]) not in known:
                wrong[f"{at}.set.options.{number}"] = ["No menu has this option in such a group."]
    return wrong


def _repeated_ids(rules: list[dict[str, Any]]) -> dict[str, list[str]]:
    seen: set[str] = set()
    wrong = {}
    for index, rule in enumerate(rules):
        if rule.get("id") and rule["id"] in seen:
            wrong[f"value.rules.{index}.id"] = ["Another rule has this id."]
        seen.add(rule.get("id") or "")
    return wrong


def _known_things(session: Session, rules: list[dict[str, Any]]) -> dict[str, set[UUID]]:
    def named(name: str) -> set[UUID]:
        return {UUID(rule["when"][name]) for rule in rules if rule["when"].get(name)}

    return {
        "item_id": menu.known_items(session, named("item_id")),
        "category_id": menu.known_categories(session, named("category_id")),
        "store_id": stores.known_stores(session, named("store_id")),
    }


def _substitution(session: Session, value: dict[str, Any]) -> dict[str, list[str]]:
    rules = value["rules"]
    wrong = _repeated_ids(rules)
    whens = [(f"value.rules.{index}.when", rule["when"]) for index, rule in enumerate(rules)]
    others = [
        (f"value.rules.{index}.alternatives.{number}", each)
        for index, rule in enumerate(rules)
        for number, each in enumerate(rule["alternatives"])
    ]
    options = [(f"{path}.option", when["option"]) for path, when in whens if when.get("option")]
    for path, each in others:
        options += [(f"{path}.options.{number}", option) for number, option in enumerate(each.get("options") or ())]
    named = {(each["group"], each["option"]) for _, each in options}
    known = menu.known_options(session, named)
    wrong |= {
        path: ["No menu has this option in such a group."]
        for path, each in options
        if (each["group"], each["option"]) not in known
    }
    for name, exist in (("item_id", menu.known_items), ("category_id", menu.known_categories)):
        ids = [(f"{path}.{name}", UUID(each[name])) for path, each in [*whens, *others] if each.get(name)]
        there = exist(session, {thing_id for _, thing_id in ids})
        wrong |= {path: ["There is none with this id."] for path, thing_id in ids if thing_id not in there}
    return wrong


def _usual_stores(session: Session, value: dict[str, Any]) -> dict[str, list[str]]:
    ids = value["store_ids"]
    known = stores.known_stores(session, {UUID(each) for each in ids})
    wrong = {
        f"value.store_ids.{index}": ["There is none with this id."]
        for index, each in enumerate(ids)
        if UUID(each) not in known
    }
    twice = [index for index, each in enumerate(ids) if each in ids[:index]]
    return wrong | {f"value.store_ids.{index}": ["It is named twice."] for index in twice}


def _call_name(_session: Session, value: dict[str, Any]) -> dict[str, list[str]]:
    check_alias(value["name"], "value.name")
    return {}


def _things(session: Session, value: dict[str, Any]) -> dict[str, list[str]]:
    entries = value["entries"]
    items = menu.known_items(session, {UUID(each["item_id"]) for each in entries if "item_id" in each})
    options = menu.known_options(session, {(each["group"], each["option"]) for each in entries if "group" in each})
    wrong = _repeated([name_of_entry(each) for each in entries], "value.entries")
    for index, each in enumerate(entries):
        if "item_id" in each and UUID(each["item_id"]) not in items:
            wrong[f"value.entries.{index}.item_id"] = ["There is none with this id."]
        if "group" in each and (each["group"], each["option"]) not in options:
            wrong[f"value.entries.{index}.option"] = ["No menu has this option in such a group."]
    return wrong


def _diets(session: Session, value: dict[str, Any]) -> dict[str, list[str]]:
    known = menu.known_diets(session)
    wrong = _repeated([each["diet"] for each in value["diets"]], "value.diets")
    for index, each in enumerate(value["diets"]):
        if each["diet"] not in known:
            wrong[f"value.diets.{index}.diet"] = [f"No menu states this. Menus state {', '.join(sorted(known))}."]
    return wrong


def _ceilings(_session: Session, value: dict[str, Any]) -> dict[str, list[str]]:
    return _repeated([each["fact"] for each in value["ceilings"]], "value.ceilings")


def _notifications(_session: Session, value: dict[str, Any]) -> dict[str, list[str]]:
    moments = value["moments"]
    wrong = _repeated([each["moment"] for each in moments], "value.moments")
    for index, each in enumerate(moments):
        wrong |= _repeated(each["channels"], f"value.moments.{index}.channels")
    return wrong


def _quiet_hours(_session: Session, value: dict[str, Any]) -> dict[str, list[str]]:
    wrong = _repeated(value["allow"], "value.allow")
    for index, times in enumerate(value["times"]):
        wrong |= _repeated(times["days"], f"value.times.{index}.days")
        if times["from"] == times["until"]:
            wrong[f"value.times.{index}.until"] = ["Quiet ends at another time than it begins."]
    return wrong


def _repeated(names: list[str], path: str) -> dict[str, list[str]]:
    return {f"{path}.{index}": ["This is there twice."] for index, name in enumerate(names) if name in names[:index]}


_CHECKS: dict[str, Callable[[Session, dict[str, Any]], dict[str, list[str]]]] = {
    "avoid": _things,
    "call_name": _call_name,
    "ceilings": _ceilings,
    "diets": _diets,
    "dislikes": _things,
    "notifications": _notifications,
    "order_rules": _order_rules,
    "quiet_hours": _quiet_hours,
    "usual_stores": _usual_stores,
    "substitution": _substitution,
}
