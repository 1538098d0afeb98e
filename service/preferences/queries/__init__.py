"""Reads of what customers say."""

from .explaining import explanation
from .retention import retention_of, retentions
from .said import revision_of, said_at, said_by
from .showing import shown_preference, shown_preferences, shown_versions

__all__ = [
    "explanation",
    "retention_of",
    "retentions",
    "revision_of",
    "said_at",
    "said_by",
    "shown_preference",
    "shown_preferences",
    "shown_versions",
]
