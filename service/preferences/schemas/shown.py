"""What preferences answer."""

from __future__ import annotations

from marshmallow import fields as plain

from ...http import Schema, fields
from ...menu.rules import SORTS
from ...menu.schemas import MenuSchema
from ...stores.schemas import FoundStoreSchema
from ..rules.explaining import WHY
from ..rules.versions import HOW
from .values import UnitsSchema


class PreferenceKindSchema(Schema):
    """Something that can be said."""

    kind = plain.String(required=True)
    version = plain.Integer(required=True, metadata={"description": "Grows when its form changes."})
    label = plain.String(required=True)
    explanation = plain.String(required=True)
    changes = plain.List(plain.String(), required=True, metadata={"description": "The fields that it fills or guards."})
    schema = plain.Dict(plain.String(), required=True, metadata={"description": "JSON Schema of its value."})


class PreferenceKindsSchema(Schema):
    data = plain.List(plain.Nested(PreferenceKindSchema), required=True)


class PreferenceSchema(Schema):
    """What you say of a kind; version 0 for what you never said, no value for what you say no more."""

    kind = plain.String(required=True)
    id = fields.Id(required=True, allow_none=True)
    version = plain.Integer(required=True)
    value = plain.Dict(plain.String(), required=True, allow_none=True)
    said_at = fields.Instant(required=True, allow_none=True)


class PreferencesSchema(Schema):
    data = plain.List(plain.Nested(PreferenceSchema), required=True)


class PreferenceVersionSchema(Schema):
    """One version. Of a forgotten one there is nothing but that it was."""

    version = plain.Integer(required=True)
    how = fields.Choice(HOW, required=True)
    value = plain.Dict(plain.String(), required=True, allow_none=True)
    restored = plain.Integer(required=True, allow_none=True, metadata={"description": "What an undo brought back."})
    said_at = fields.Instant(required=True)
    forgotten_at = fields.Instant(required=True, allow_none=True)


class PassedSchema(Schema):
    """Something that you said before of the same field, and that doesn't fill it: a rule, or all that you say of a kind
    (`preference`); and why."""

    preference = plain.String(required=True)
    id = fields.Id(required=True)
    version = plain.Integer(required=True)
    said_at = fields.Instant(required=True)
    why = fields.Choice(WHY, required=True)


class ExplainedFieldSchema(Schema):
    """One filled field: where it is in the quote (the options of a group at `groups` and its key), its value, where it
    comes from, and what it doesn't come from."""

    path = plain.String(required=True)
    value = plain.Raw(required=True)
    source = fields.Source(required=True)
    losers = plain.List(plain.Nested(PassedSchema), required=True)


class ExplanationSchema(Schema):
    data = plain.List(plain.Nested(ExplainedFieldSchema), required=True)


class MyStoresSchema(Schema):
    """The stores that you named, in your order; `source` is null where you named none."""

    data = plain.List(plain.Nested(FoundStoreSchema), required=True)
    sort = fields.Choice(["mine"], required=True)
    source = fields.Source(required=True, allow_none=True)


class MyUnitsSchema(UnitsSchema):
    """In which units you said that nutrition is told: at `in_units`, beside the menu's own."""

    source = fields.Source(required=True)


class MyMenuSchema(Schema):
    """A store's menu, sorted as you said, and with nutrition in your units where you said some."""

    sort = fields.Choice(SORTS, required=True)
    source = fields.Source(required=True)
    units = plain.Nested(MyUnitsSchema)
    menu = plain.Nested(MenuSchema, required=True)
