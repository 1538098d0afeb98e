"""The wire of preferences."""

from .asked import ExplainSchema, SayPreferenceSchema, UndoPreferenceSchema
from .shown import (
    ExplanationSchema,
    MyMenuSchema,
    MyStoresSchema,
    PreferenceKindsSchema,
    PreferenceSchema,
    PreferencesSchema,
    PreferenceVersionSchema,
)
from .usuals import SaveUsualSchema, UsualSchema, UsualsSchema
from .values import VALUES, read_value, value_document

__all__ = [
    "VALUES",
    "ExplainSchema",
    "ExplanationSchema",
    "MyMenuSchema",
    "MyStoresSchema",
    "PreferenceKindsSchema",
    "PreferenceSchema",
    "PreferenceVersionSchema",
    "PreferencesSchema",
    "SaveUsualSchema",
    "SayPreferenceSchema",
    "UndoPreferenceSchema",
    "UsualSchema",
    "UsualsSchema",
    "read_value",
    "value_document",
]
