"""The catalogue: what a customer can say, in words, and what each changes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Something that can be said. `changes` names the fields that it fills or guards; `version` grows with its form."""

    name: str
    version: int = 1
    label: str
    explanation: str
    changes: tuple[str, ...]


_ALL = (
    Kind(
        name="order_rules",
        label="How I take it",
        explanation="Your rules for what an order line leaves open: a size, options, how many, a note. For an item, "
        "a category, a store, a time of day or everywhere; the most specific wins, then the one higher in your list.",
        changes=("lines.size", "lines.modifiers", "lines.quantity", "lines.note"),
    ),
    Kind(
        name="call_name",
        label="The name we call",
        explanation="The name called out and shown on the board when an order names none, and how to say it.",
        changes=("pickup.alias",),
    ),
    Kind(
        name="pickup_method",
        label="How I pick up",
        explanation="The way of picking up where the order names none and the store offers it.",
        changes=("pickup.method",),
    ),
    Kind(
        name="no_show",
        label="If I don't come",
        explanation="What happens to an order that stands ready and isn't picked up.",
        changes=("pickup.if_not_collected",),
    ),
    Kind(
        name="remedy",
        label="If a promise is missed",
        explanation="What a missed promise gives you.",
        changes=("remedy",),
    ),
    Kind(
        name="price_ceiling",
        label="Ask me above this price",
        explanation="The most that an order may cost; a dearer one is placed only with your yes to its very quote.",
        changes=("price_ceiling",),
    ),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
"""Every kind that is served, by its name."""
