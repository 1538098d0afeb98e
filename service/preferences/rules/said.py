"""All that one customer says now, ready to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...sources import Source
from . import substitution
from .order_rules import KIND, ByField, Rule, by_field, rules_of
from .substitution import SubstitutionRule, substitution_rules


@dataclass(frozen=True, slots=True)
class Spoken:
    """The value of a preference, and the source that a field filled from it names."""

    value: Mapping[str, Any]
    source: Source


@dataclass(frozen=True)
class Said:
    """What the customer says, by kind; `revision` names its state, 0 for someone who never said anything."""

    revision: int
    by_kind: Mapping[str, Spoken] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    substitutions: tuple[SubstitutionRule, ...] = ()

    def of(self, kind: str) -> Spoken | None:
        """Return what they say of a kind, None for nothing."""
        return self.by_kind.get(kind)

    @cached_property
    def rules_by_field(self) -> ByField:
        """Return the rules as they are looked for; put in order once, since what is said is kept between requests."""
        return by_field(self.rules)


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
