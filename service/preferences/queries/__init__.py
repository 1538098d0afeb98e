"""Reads of what customers say."""

from .explaining import explanation
from .said import revision_of, said_at, said_by
from .showing import shown_preference, shown_preferences, shown_versions, standing

__all__ = [
    "explanation",
    "revision_of",
    "said_at",
    "said_by",
    "shown_preference",
    "shown_preferences",
    "shown_versions",
    "standing",
]
