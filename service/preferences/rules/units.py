"""In which units a customer wants nutrition told, beside the menu's own (docs/decisions/0016)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from ...menu.rules import number
from ...sources import Source
from .said import Said

KIND = "units"
CHOICES = {"energy": ("kcal", "kJ"), "mass": ("g", "oz"), "volume": ("ml", "fl_oz")}
"""What can be told in which units; the first is the menu's own."""


class Conversion(NamedTuple):
    """From facts whose name ends so to others: so much of the new unit is one of the old; rounded to `step`, a half
    away from zero."""

    before: str
    after: str
    factor: Decimal
    step: Decimal


# The thermochemical calorie; the international avoirdupois ounce of 28.349523125 g; the fluid ounce of the United
# States of 29.5735295625 ml.
CONVERSIONS = {
    "kJ": Conversion("_kcal", "_kj", Decimal("4.184"), Decimal(1)),
    "oz": Conversion("_g", "_oz", 1 / Decimal("28.349523125"), Decimal("0.01")),
    "fl_oz": Conversion("_ml", "_fl_oz", 1 / Decimal("29.5735295625"), Decimal("0.1")),
}


@dataclass(frozen=True, slots=True)
class Units:
    """What is told in other units than the menu's, and where the customer said so."""

    conversions: tuple[Conversion, ...]
    source: Source

    def told(self, facts: Mapping[str, Any]) -> dict[str, int | float]:
        """Return the facts that are told otherwise, by the names that they have then."""
        return dict(self._converted(facts))

    def _converted(self, facts: Mapping[str, Any]) -> Iterator[tuple[str, int | float]]:
        for name, amount in facts.items():
            for each in self.conversions:
                if name.endswith(each.before):
                    exact = Decimal(str(amount)) * each.factor
                    told = number(exact.quantize(each.step, ROUND_HALF_UP))
                    yield name.removesuffix(each.before) + each.after, told

    def beside(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """Return a sold line's document with its nutrition told so too, where any of it is."""
        facts = self.told(line["nutrition"])
        return {**line, "nutrition_in_units": {"facts": facts, "source": self.source.document()}} if facts else {**line}

    def beside_menu(self, menu: dict[str, Any]) -> dict[str, Any]:
        """Put the same beside the nutrition of each size and option of a menu's document; return it."""
        for item in menu["items"]:
            for size in item["sizes"]:
                size["in_units"] = self.told(size["nutrition"])
            self._beside_groups(item["groups"])
        return menu

    def _beside_groups(self, groups: list[dict[str, Any]]) -> None:
        for option in (option for group in groups for option in group["options"]):
            option["in_units"] = {size: self.told(facts) for size, facts in option["nutrition"].items()}
            self._beside_groups(option["groups"])


def units_of(said: Said) -> Units | None:
    """Return in which other units the customer wants it told, None where they said nothing, or the menu's own."""
    spoken = said.of(KIND)
    if spoken is None:
        return None
    found = tuple(CONVERSIONS[unit] for unit in spoken.value.values() if unit in CONVERSIONS)
    return Units(found, spoken.source) if found else None


def in_units(said: Said, line: dict[str, Any]) -> dict[str, Any]:
    """Return a line's document with its nutrition in the customer's units beside it."""
    units = units_of(said)
    return units.beside(line) if units is not None else line
