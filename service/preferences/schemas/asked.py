"""What is sent to preferences."""

from __future__ import annotations

from ...http import Schema, fields
from ..rules.choices import REMEDIES
from .baskets import BasketLineSchema, FireChoiceSchema, IfUnavailableSchema, PickupWaySchema
from .values import VALUES


class SayPreferenceSchema(Schema):
    """What you say."""

    # In the form of its kind; `read_value` reads it once the kind is known.
    value = fields.AnyOf(list(VALUES.values()), required=True)


class UndoPreferenceSchema(Schema):
    """Which version is to hold again; without, the one before. 0: nothing said."""

    to_version = fields.Integer(0, 2_000_000_000, load_default=None)


class ExplainSchema(Schema):
    """A basket at a store, for a pickup time (now, unless said), as it would be quoted."""

    store_id = fields.Id(required=True)
    at = fields.Instant(load_default=None)
    lines = fields.List(fields.Nested(BasketLineSchema), 50, 1, required=True)
    pickup = fields.Nested(PickupWaySchema, load_default=dict)
    if_unavailable = fields.Nested(
        IfUnavailableSchema, load_default=None, metadata={"description": "For every line without one of its own."}
    )
    fire = fields.Nested(FireChoiceSchema, load_default=None)
    remedy = fields.Choice(REMEDIES, load_default=None)
