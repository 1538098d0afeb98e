"""Every answer that has a filled field says who filled it: all schemas of all answers are walked.

What a filled field is stands here, in one place: what a kind of preference changes, and what a basket may leave open.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from service import sources
from service.preferences.rules import KINDS

KEPT = Path(__file__).parent.parent / "docs" / "openapi.json"
# Kinds name these because they refuse or pass over something there; they fill nothing in.
GUARDED = {"lines", "substitutes"}
# A basket may leave these open, and then nothing takes their place.
LEFT_EMPTY = {"at", "replaces_order", "rewards", "text"}
# Copies of what was filled, shown where the customer doesn't look, or inside something that has its source; and other
# things of the same name.
NOT_FILLED_HERE = {
    "Claim": "what its customer wrote to those who answer it",
    "AskedLine": "what the customer named to be asked for again",
    "AskedModifier": "what the customer named to be asked for again",
    "AskedPickup": "what the customer named to be asked for again",
    "AskedSubstitute": "what the customer named to be asked for again",
    "LineName": "what a line was, to compare it with",
    "StandingOrder": "what its customer wrote",
    "StandingOrderName": "what its customer wrote",
    "Usual": "what its customer named",
    "AllDayCount": "what staff make, summed over orders",
    "Ticket": "what staff make: a copy of the order",
    "TicketLine": "what staff make; what the customer said is marked `is_chosen`",
    "TicketModifier": "what staff make; what the customer said is marked `is_chosen`",
    "Preparing": "the board that everyone sees",
    "Ready": "the board that everyone sees",
    "Pickup": "an order to someone else who picks it up: nothing of what its customer says",
    "LineBefore": "what the line was, as its change keeps it",
    "NamedModifier": "in the customer's own words, under `if_unavailable` with its source",
    "NamedSubstitute": "in the customer's own words, under `if_unavailable` with its source",
    "PromiseEntry": "what a missed promise gave: the entry of a ledger",
    "RefundedLine": "how many units were given back",
    "Refund": "what was given back, and to whom",
    "RefundedTender": "what was given back",
    "QuotedTender": "its part of the tip, which names its source beside it",
    "OrderTender": "its part of the tip, which names its source beside it",
}

# Names of filled fields that mean something else everywhere but here.
ONLY_IN = {"data": "MyStores", "sort": "MyMenu"}

Schemas = dict[str, Any]


def filled_names(document: dict[str, Any]) -> set[str]:
    """Return the names of the fields that are filled wherever a response has them."""
    changed = {change.rsplit(".", 1)[-1] for kind in KINDS.values() for change in kind.changes}
    schemas = document["components"]["schemas"]
    quoted = schemas["MakeQuote"]["properties"]
    lines, pickup = _named(quoted["lines"]), _named(quoted["pickup"])
    modifiers = {name for line in lines for name in _named(schemas[line]["properties"]["modifiers"])}
    left_open = {
        name.removesuffix("_id")
        for basket in {"MakeQuote"} | lines | pickup | modifiers
        for name in set(schemas[basket]["properties"]) - set(schemas[basket].get("required", ()))
    }
    return (changed - GUARDED) | (left_open - LEFT_EMPTY)


def unsourced(document: dict[str, Any]) -> list[str]:
    """Return every filled field of an answer that doesn't say where its value comes from."""
    schemas, names = document["components"]["schemas"], filled_names(document)
    return sorted(
        f"{schema}.{field}"
        for schema in answered(document)
        if schema not in NOT_FILLED_HERE
        for field in names & set(schemas[schema].get("properties", ()))
        if ONLY_IN.get(field, schema) == schema
        if not _has_source(schemas, schema, field)
    ) + sorted(
        f"{schema}.value"  # any field, by its path
        for schema in answered(document)
        if {"path", "value"} <= set(schemas[schema].get("properties", ()))
        if not _requires_source(schemas, schema, "source")
    )


def answered(document: dict[str, Any]) -> set[str]:
    """Return every schema that an answer of an operation can hold, at any depth."""
    found: set[str] = set()
    waiting = [
        answer
        for operations in document["paths"].values()
        for method, operation in operations.items()
        if method != "parameters"
        for answer in operation["responses"].values()
    ]
    while waiting:
        for name in _named(waiting.pop()):
            if name not in found:
                found.add(name)
                waiting.append(document["components"]["schemas"][name])
    return found


def _named(schema: Any) -> set[str]:
    return set(re.findall(r"#/components/schemas/(\w+)", orjson.dumps(schema).decode()))


def _has_source(schemas: Schemas, schema: str, field: str) -> bool:
    """Tell whether each thing that the field is has its source; a plain value has it beside it."""
    if field in ONLY_IN:
        return _requires_source(schemas, schema, "source")
    inner = [name for name in _named(schemas[schema]["properties"][field]) if name != "Source"]
    if inner:
        return all(_requires_source(schemas, name, "source") for name in inner)
    return any(_requires_source(schemas, schema, name) for name in ("source", f"{field}_source"))


def _requires_source(schemas: Schemas, schema: str, field: str) -> bool:
    found = schemas[schema].get("properties", {}).get(field, {})
    return _named(found) == {"Source"} and field in schemas[schema].get("required", ())


@pytest.fixture
def document() -> dict[str, Any]:
    """The document that is kept (test_openapi: it is that of the code)."""
    found: dict[str, Any] = orjson.loads(KEPT.read_bytes())
    return found


def test_every_filled_field_of_every_answer_has_a_source(document: dict[str, Any]) -> None:
    assert unsourced(document) == []


def test_the_filled_fields_are_those_that_can_be_said_or_left_open(document: dict[str, Any]) -> None:
    assert filled_names(document) >= {"size", "quantity", "note", "modifiers", "method", "alias", "remedy", "fire"}
    assert answered(document) >= {"Quote", "Order", "OrderLine", "LineModifier", "ExplainedField"}


def test_a_filled_field_without_its_source_is_found(document: dict[str, Any]) -> None:
    """The control: each source is taken away in turn, and each time a field is named."""
    taken = list(_without_one(document))

    assert len(taken) >= 8
    for field, changed in taken:
        assert unsourced(changed) != [], f"without {field} nothing was missed"


def _without_one(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    names = filled_names(document)
    for schema, entry in document["components"]["schemas"].items():
        carries = (names | {"value"}) & set(entry.get("properties", ())) or any(
            schema in _named(other["properties"].get(name, {}))
            for other in document["components"]["schemas"].values()
            for name in (names - set(ONLY_IN)) & set(other.get("properties", ()))
        )
        for field in entry.get("properties", {}):
            if carries and _requires_source(document["components"]["schemas"], schema, field):
                changed = copy.deepcopy(document)
                changed["components"]["schemas"][schema]["required"].remove(field)
                yield f"{schema}.{field}", changed


def test_a_new_filled_field_without_a_source_is_found(document: dict[str, Any]) -> None:
    """The control of new schemas: a size stands where none stood before."""
    document["components"]["schemas"]["PickupTimes"]["properties"]["size"] = {"type": "string"}

    assert unsourced(document) == ["PickupTimes.size"]


def test_what_is_excused_exists_and_is_answered(document: dict[str, Any]) -> None:
    names, schemas = filled_names(document), document["components"]["schemas"]

    assert set(NOT_FILLED_HERE) <= answered(document)
    assert all(names & set(schemas[schema]["properties"]) for schema in NOT_FILLED_HERE)


def test_there_are_four_kinds_of_source_and_no_other(document: dict[str, Any]) -> None:
    source = document["components"]["schemas"]["Source"]["properties"]["kind"]

    assert sorted(source["enum"]) == sorted(sources.KINDS)
    assert sorted(sources.KINDS) == ["customer_choice", "customer_rule", "item_default", "store_default"]
