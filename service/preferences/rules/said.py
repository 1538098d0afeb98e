"""All that one customer says now, ready to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...sources import Source
from . import substitution
from .order_rules import KIND, Rule, rules_of
from .substitution import SubstitutionRule, substitution_rules


@dataclass(frozen=True, slots=True)
class Spoken:
    """The value of a preference, and the source that a field filled from it names."""

    value: Mapping[str, Any]
    source: Source


@dataclass(frozen=True, slots=True)
class Said:
    """What the customer says, by kind; `revision` names its state, 0 for someone who never said anything."""

    revision: int
    by_kind: Mapping[str, Spoken] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    substitutions: tuple[SubstitutionRule, ...] = ()

    def of(self, kind: str) -> Spoken | None:
        """Return what they say of a kind, None for nothing."""
        return self.by_kind.get(kind)


def said(revision: int, by_kind: Mapping[str, Spoken]) -> Said:
    """Put together what the customer says."""
    rules, substitutions = by_kind.get(KIND), by_kind.get(substitution.KIND)
    return Said(
        revision,
        by_kind,
        rules_of(rules.value) if rules is not None else (),
        substitution_rules(substitutions.value) if substitutions is not None else (),
    )


NOTHING = Said(0)
