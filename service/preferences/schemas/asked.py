"""What is sent to preferences."""

from __future__ import annotations

from ...http import Schema, fields
from ...menu.schemas import LineChoiceSchema
from .values import VALUES


class SayPreferenceSchema(Schema):
    """What you say."""

    # In the form of its kind; `read_value` reads it once the kind is known.
    value = fields.AnyOf(list(VALUES.values()), required=True)


class UndoPreferenceSchema(Schema):
    """Which version is to hold again; without, the one before. 0: nothing said."""

    to_version = fields.Integer(0, 2_000_000_000, load_default=None)


class ExplainSchema(Schema):
    """A basket at a store, for an instant (now, unless said)."""

    store_id = fields.Id(required=True)
    at = fields.Instant(load_default=None)
    lines = fields.List(fields.Nested(LineChoiceSchema), 50, 1, required=True)
