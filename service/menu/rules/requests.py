"""Reading what a customer asks for, as it was sent or kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from .resolved import LineRequest, ModifierRequest


def line_requests(lines: Sequence[Mapping[str, Any]]) -> list[LineRequest]:
    """Read the lines of a basket, whether just parsed or kept as JSON with a quote."""
    return [
        LineRequest(
            item_id=_id(line["item_id"]),
            size_id=_id(line["size_id"]) if line.get("size_id") else None,
            quantity=line.get("quantity"),
            modifiers=_modifier_requests(line.get("modifiers", ())),
            note=line.get("note"),
        )
        for line in lines
    ]


def _modifier_requests(modifiers: Sequence[Mapping[str, Any]]) -> tuple[ModifierRequest, ...]:
    return tuple(
        ModifierRequest(
            option_id=_id(modifier["option_id"]),
            quantity=modifier.get("quantity", 1),
            text=modifier.get("text"),
            modifiers=_modifier_requests(modifier.get("modifiers", ())),
        )
        for modifier in modifiers
    )


def _id(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
