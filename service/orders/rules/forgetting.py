"""What is left of an order that its customer wants forgotten: what was sold, for how much, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

FORGOTTEN = "forgotten"
"""Stands where a text was that may have been about a person."""

TOMBSTONES_STAY = timedelta(days=90)
"""How long it is remembered of a forgotten order that it was its customer's, for those who copied it to drop it too."""

WALK_INS_STAY = timedelta(days=1)
"""How long after the end of a walk-in it is remembered what staff typed of the person."""

_KEPT = ("position", "quantity", "base_price", "unit_price", "total", "tax")


def forgotten_line(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a sold line's document with what the books need, and nothing else: what is not named here goes, such as
    notes, texts, sources with the customer's own rules, what they avoid."""
    return {
        **{name: document[name] for name in _KEPT},
        "item": _named(document["item"]),
        "size": _named(document["size"]),
        "modifiers": [_modifier(each) for each in document["modifiers"]],
    }


def forgotten_walk_in_lines(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a walk-in's lines with what was made, and nothing that was typed."""
    return [{**line, "document": _made(line["document"]) if line["document"] else None} for line in lines]


def _made(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "item": _named(document["item"]),
        "size": _named(document["size"]),
        "modifiers": [_modifier(each) for each in document["modifiers"]],
    }


def _modifier(modifier: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "group": _named(modifier["group"]),
        "option": _named(modifier["option"]),
        "quantity": modifier["quantity"],
        "price": modifier["price"],
        "modifiers": [_modifier(each) for each in modifier["modifiers"]],
    }


def _named(thing: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": thing["id"], "name": thing["name"]}
