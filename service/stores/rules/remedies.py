"""What a missed promise gives in money, as the operator says it of a store (docs/promise.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from ...errors import Invalid
from ...money import BPS, divide_half_up

MOST_STEPS = 10


@dataclass(frozen=True, slots=True)
class RemedyStep:
    """From so many minutes after the window on: a percentage of what the order costs, `most_minor` at most, in the
    store's currency."""

    late_minutes: int
    percent: int
    most_minor: int

    def amount_minor(self, total_minor: int) -> int:
        """Return what it gives for an order, halves rounded up."""
        return min(self.most_minor, divide_half_up(total_minor * self.percent * 100, BPS))


def remedy_steps(document: Iterable[Mapping[str, Any]]) -> tuple[RemedyStep, ...]:
    """Return a table as it is kept, ready to be asked."""
    return tuple(RemedyStep(**each) for each in document)


def remedy_document(steps: Iterable[RemedyStep]) -> list[dict[str, int]]:
    """Return a table as it is kept and shown."""
    return [asdict(step) for step in steps]


def require_fair(steps: Sequence[RemedyStep]) -> None:
    """Refuse a table in which a longer wait comes first, or gives less. Raises Invalid."""
    errors: dict[str, list[str]] = {}
    for index, (before, step) in enumerate(pairwise(steps), start=1):
        if step.late_minutes <= before.late_minutes:
            errors[f"steps.{index}.late_minutes"] = ["Each step begins later than the one before it."]
        for name in ("percent", "most_minor"):
            if getattr(step, name) < getattr(before, name):
                errors[f"steps.{index}.{name}"] = ["Who waits longer gets no less."]
    if errors:
        raise Invalid(errors)
