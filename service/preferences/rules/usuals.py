"""A usual: a basket that its customer named. What of it can be compared later is kept as it was when it was saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from ...menu.rules import ResolvedLine, ResolvedModifier

MOST_USUALS = 50


def as_it_was(line: ResolvedLine) -> dict[str, Any]:
    """Return what a line holds and costs, to be compared with later: JSON-ready."""
    return {
        "item": {"id": str(line.item_id), "name": line.item_name},
        "size": {"id": str(line.size_id), "name": line.size_name},
        "quantity": line.quantity,
        "modifiers": [_modifier(modifier) for modifier in line.modifiers],
        "total_minor": line.total_minor,
    }


def _modifier(modifier: ResolvedModifier) -> dict[str, Any]:
    return {
        "group": {"id": str(modifier.group_id)},
        "option": {"id": str(modifier.option_id), "name": modifier.name},
        "quantity": modifier.quantity,
        "modifiers": [_modifier(nested) for nested in modifier.modifiers],
    }


def total_of(saved: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what all lines cost together when they were saved, None where one of them had no price then."""
    if saved is None or any(line is None for line in saved["lines"]):
        return None
    return {"amount_minor": sum(line["total_minor"] for line in saved["lines"]), "currency": saved["currency"]}


def in_place(order: Sequence[UUID], moved: UUID, position: int) -> list[UUID]:
    """Return the list with one at the position (from 1; the last where the list is shorter)."""
    others = [each for each in order if each != moved]
    return [*others[: position - 1], moved, *others[position - 1 :]]
