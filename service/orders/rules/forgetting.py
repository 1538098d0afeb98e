"""What is left of an order that its customer wants forgotten: what was sold, for how much, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FORGOTTEN = "forgotten"
"""Stands where a text was that may have been about a person."""

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
