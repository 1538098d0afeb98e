"""Reads of what customers say."""

from .explaining import explanation
from .said import revision_of, said_at, said_by
from .showing import shown_preference, shown_preferences, shown_versions
from .usuals import shown_usual, shown_usuals, usual_of

__all__ = [
    "explanation",
    "revision_of",
    "said_at",
    "said_by",
    "shown_preference",
    "shown_preferences",
    "shown_usual",
    "shown_usuals",
    "shown_versions",
    "usual_of",
]
