"""The wire of preferences."""

from .asked import ExplainSchema, SayPreferenceSchema, UndoPreferenceSchema
from .passport import AcceptPassportSchema, PassportPreviewSchema, PassportSchema, PreviewPassportSchema
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
    "AcceptPassportSchema",
    "ExplainSchema",
    "ExplanationSchema",
    "MyMenuSchema",
    "MyStoresSchema",
    "PassportPreviewSchema",
    "PassportSchema",
    "PreferenceKindsSchema",
    "PreferenceSchema",
    "PreferenceVersionSchema",
    "PreferencesSchema",
    "PreviewPassportSchema",
    "SaveUsualSchema",
    "SayPreferenceSchema",
    "UndoPreferenceSchema",
    "UsualSchema",
    "UsualsSchema",
    "read_value",
    "value_document",
]
