"""What a customer wants of a whole basket: the diets that its items must state, the ceilings that it stays under."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from ...menu.rules import ResolvedLine, number
from ...sources import Source
from .said import Said

DO = ("warn", "refuse")
FACTS = ("caffeine_mg", "energy_kcal", "sugars_g")


@dataclass(frozen=True, slots=True)
class Unstated:
    """A line of which nobody states that it keeps a diet. `parts` are the paths in the line of what states nothing:
    the item, or the options that aren't its own defaults."""

    diet: str
    do: str
    line: int
    parts: tuple[str, ...]
    source: Source

    @property
    def text(self) -> str:
        """Return it in words."""
        return f"Nobody states that this is {self.diet}."

    def document(self, lines: Sequence[ResolvedLine]) -> dict[str, Any]:
        """Return it as a warning; `lines` are those it was found in."""
        return {
            "kind": "diet_not_stated",
            "path": f"lines.{self.line}",
            "paths": [f"lines.{self.line}.{part}" for part in self.parts],
            "detail": f"{lines[self.line].item_name}: nobody states that it is {self.diet} as you order it.",
            "diet": self.diet,
            "source": self.source.document(),
        }


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a basket holds of a fact, beside the most that the customer wants of it. With `at_least` some of it isn't
    stated, so there may be more."""

    fact: str
    most: Decimal
    do: str
    amount: Decimal
    at_least: bool
    source: Source

    @property
    def is_exceeded(self) -> bool:
        """Tell whether what is stated alone is too much."""
        return self.amount > self.most

    def document(self) -> dict[str, Any]:
        """Return it as it is shown in a quote."""
        return {
            "fact": self.fact,
            "most": number(self.most),
            "amount": number(self.amount),
            "at_least": self.at_least,
            "do": self.do,
            "source": self.source.document(),
        }

    def warning(self) -> dict[str, Any]:
        """Return it as a warning: more than the most, or nobody can tell."""
        amount = f"{'at least ' if self.at_least else ''}{number(self.amount)}"
        return {
            "kind": "above_ceiling" if self.is_exceeded else "ceiling_unknown",
            "path": "lines",
            "paths": ["lines"],
            "detail": f"{self.fact}: {amount}; you said {number(self.most)} at most.",
            "fact": self.fact,
            "source": self.source.document(),
        }


def unstated_diets(said: Said, lines: Sequence[ResolvedLine]) -> Iterator[Unstated]:
    """Yield each line of each diet that isn't stated for it as it is made. Unstated is unknown, never kept.

    An item states its diets as it comes; of an option that doesn't come with it nobody states any.
    """
    spoken = said.of("diets")
    if spoken is None:
        return
    for each in spoken.value["diets"]:
        for index, line in enumerate(lines):
            unknown = _added(line) if each["diet"] in line.diets else ["item_id"]
            if unknown:
                yield Unstated(each["diet"], each["do"], index, tuple(unknown), spoken.source)


def _added(line: ResolvedLine) -> list[str]:
    return [part.path for part in line.parts if not part.is_default]


class Amounts(Protocol):
    """What one line holds: of each fact for one of it (unknown amounts count nothing), and of which facts some part of
    it states none."""

    @property
    def nutrition(self) -> Mapping[str, Decimal]:
        """Return the amounts by fact."""

    @property
    def nutrition_incomplete(self) -> Collection[str]:
        """Return the facts that some part doesn't state."""

    @property
    def quantity(self) -> int:
        """Return how many of it there are."""


def ceilings(said: Said, lines: Sequence[Amounts]) -> Iterator[Ceiling]:
    """Yield each ceiling of the customer's with what the basket holds of its fact."""
    spoken = said.of("ceilings")
    if spoken is None:
        return
    for each in spoken.value["ceilings"]:
        fact = each["fact"]
        amount = sum((line.nutrition.get(fact, Decimal()) * line.quantity for line in lines), Decimal())
        at_least = any(fact not in line.nutrition or fact in line.nutrition_incomplete for line in lines)
        yield Ceiling(fact, Decimal(str(each["most"])), each["do"], amount, at_least, spoken.source)
