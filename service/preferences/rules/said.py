"""All that one customer says now, ready to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...sources import Source
from . import substitution
from .avoiding import KIND as AVOID
from .avoiding import AvoidList, avoid_list, names_of_things
from .order_rules import KIND, Rule, rules_of
from .substitution import SubstitutionRule, substitution_rules

DISLIKES = "dislikes"


@dataclass(frozen=True, slots=True)
class Spoken:
    """The value of a preference, and the source that a field filled from it names."""

    value: Mapping[str, Any]
    source: Source


@dataclass(frozen=True, slots=True)
class Said:
    """What the customer says, by kind, what is asked of every line read beforehand; `revision` names its state, 0 for
    someone who never said anything. `dislikes` are names of items and options."""

    revision: int
    by_kind: Mapping[str, Spoken] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    substitutions: tuple[SubstitutionRule, ...] = ()
    avoids: AvoidList | None = None
    dislikes: frozenset[str] = frozenset()

    def of(self, kind: str) -> Spoken | None:
        """Return what they say of a kind, None for nothing."""
        return self.by_kind.get(kind)


def said(revision: int, by_kind: Mapping[str, Spoken]) -> Said:
    """Put together what the customer says."""
    kinds = (KIND, substitution.KIND, AVOID, DISLIKES)
    rules, substitutions, avoids, dislikes = (by_kind.get(kind) for kind in kinds)
    return Said(
        revision,
        by_kind,
        rules_of(rules.value) if rules is not None else (),
        substitution_rules(substitutions.value) if substitutions is not None else (),
        avoid_list(avoids.value) if avoids is not None else None,
        names_of_things(dislikes.value["entries"]) if dislikes is not None else frozenset(),
    )


NOTHING = Said(0)
