"""What an order holds once something takes a sold line's place, beside the ceilings that its customer states by then
(docs/preferences.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...preferences.errors import CeilingExceeded
from ...preferences.rules import Amounts, Ceiling, Said, ceilings

KIND = "ceilings"


@dataclass(frozen=True, slots=True)
class SoldAmounts:
    """What a sold line holds, by its document."""

    nutrition: Mapping[str, Decimal]
    quantity: int
    nutrition_incomplete: frozenset[str]


def amounts_of(document: Mapping[str, Any]) -> SoldAmounts:
    """Read what a sold line holds of each fact."""
    facts = {name: Decimal(str(value)) for name, value in (document.get("nutrition") or {}).items()}
    return SoldAmounts(facts, document["quantity"], frozenset(facts if document.get("nutrition_at_least") else ()))


def weighed(said: Said, found: Amounts, beside: Sequence[Mapping[str, Any]]) -> list[Ceiling]:
    """Return each ceiling of the customer's with what the order holds with something beside the other lines, by their
    documents."""
    if said.of(KIND) is None:
        return []
    return list(ceilings(said, [found, *(amounts_of(each) for each in beside)]))


def refused(said: Said, found: Amounts, beside: Sequence[Mapping[str, Any]]) -> list[Ceiling]:
    """Return the ceilings by which the customer doesn't want it there."""
    return [each for each in weighed(said, found, beside) if each.do == "refuse" and each.is_exceeded]


def require_below(said: Said, found: Sequence[Amounts], beside: Sequence[Mapping[str, Any]]) -> None:
    """Refuse what would put an order above a ceiling, as it is sold now or as it was shown. Raises CeilingExceeded."""
    for each in found:
        exceeded = refused(said, each, beside)
        if exceeded:
            raise CeilingExceeded([ceiling.document() for ceiling in exceeded])


def warnings_of(said: Said, found: Amounts, beside: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what to tell the customer of their ceilings before they take it."""
    return [each.warning() for each in weighed(said, found, beside) if each.is_exceeded or each.at_least]
