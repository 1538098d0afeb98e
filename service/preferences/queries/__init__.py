"""Reads of what customers say."""

from .explaining import explanation
from .listing import menu_as_said, usual_stores
from .retention import retention_of, retentions
from .said import revision_of, said_at, said_by
from .showing import shown_preference, shown_preferences, shown_versions, standing
from .stars import star_policies
from .usuals import shown_usual, shown_usuals, usual_of
from .values import values_of

__all__ = [
    "explanation",
    "menu_as_said",
    "retention_of",
    "retentions",
    "revision_of",
    "said_at",
    "said_by",
    "shown_preference",
    "shown_preferences",
    "shown_usual",
    "shown_usuals",
    "shown_versions",
    "standing",
    "star_policies",
    "usual_of",
    "usual_stores",
    "values_of",
]
