"""Pure calculation of preferences: the catalogue, what is said, and what it fills in (docs/preferences.md)."""

from .avoiding import AvoidList, Found, name_of_entry, name_of_part
from .filling import Decision, Filling, Loser
from .kinds import KINDS, Kind
from .limits import Amounts, Ceiling, Unstated, ceilings, unstated_diets
from .order_fields import Filled, Passed
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
    "Amounts",
    "AvoidList",
    "Ceiling",
    "Decision",
    "Filled",
    "Filling",
    "Found",
    "Kind",
    "Loser",
    "Passed",
    "Rule",
    "Said",
    "Spoken",
    "Standing",
    "SubstitutionRule",
    "Substitutions",
    "Unstated",
    "ceilings",
    "name_of_entry",
    "name_of_part",
    "rules_of",
    "said",
    "said_again",
    "unstated_diets",
]
