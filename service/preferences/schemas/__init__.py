"""The wire of preferences."""

from .asked import ExplainSchema, SayPreferenceSchema, UndoPreferenceSchema
from .passport import AcceptPassportSchema, PassportPreviewSchema, PassportSchema, PreviewPassportSchema
from .shown import (
    ExplanationSchema,
    PreferenceKindsSchema,
    PreferenceSchema,
    PreferencesSchema,
    PreferenceVersionSchema,
)
from .values import VALUES, read_value, value_document

__all__ = [
    "VALUES",
    "AcceptPassportSchema",
    "ExplainSchema",
    "ExplanationSchema",
    "PassportPreviewSchema",
    "PassportSchema",
    "PreferenceKindsSchema",
    "PreferenceSchema",
    "PreferenceVersionSchema",
    "PreferencesSchema",
    "PreviewPassportSchema",
    "SayPreferenceSchema",
    "UndoPreferenceSchema",
    "read_value",
    "value_document",
]
