"""Pure calculation of preferences: the catalogue, what is said, and what it fills in (docs/preferences.md)."""

from .filling import Decision, Filling, Loser
from .kinds import KINDS, Kind
from .order_rules import Rule, rules_of, said_again
from .passport import Standing
from .said import NOTHING, Said, Spoken, said
from .substitution import Alternative, SubstitutionRule, Substitutions
from .versions import HOW

__all__ = [
    "HOW",
    "KINDS",
    "NOTHING",
    "Alternative",
    "Decision",
    "Filling",
    "Kind",
    "Loser",
    "Rule",
    "Said",
    "Spoken",
    "Standing",
    "SubstitutionRule",
    "Substitutions",
    "rules_of",
    "said",
    "said_again",
]
