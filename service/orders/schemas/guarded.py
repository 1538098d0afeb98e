"""What orders and quotes answer of what their customer doesn't want."""

from __future__ import annotations

from marshmallow import fields as plain

from ...http import Schema, fields
from ...preferences.rules.limits import DO


class OverrideSchema(Schema):
    """Something that the line holds though its customer avoids it: they say so for this order."""

    avoided = plain.String(required=True)
    kind = fields.Choice(["allergen", "option", "item"], required=True)
    how = fields.Choice(["contains", "may_contain"], required=True)
    part = plain.String(required=True, metadata={"description": "The item or option that holds it."})
    source = fields.Source(required=True)


class WarningSchema(Schema):
    """Something in the basket is not as you said you want it, or nobody can tell; `paths` says where."""

    kind = fields.Choice(["diet_not_stated", "above_ceiling", "ceiling_unknown"], required=True)
    path = plain.String(required=True)
    paths = plain.List(plain.String(), required=True)
    detail = plain.String(required=True)
    diet = plain.String()
    fact = plain.String()
    source = fields.Source(required=True)


class WatchedCeilingSchema(Schema):
    """What the basket holds of a fact; `at_least`: some of it doesn't state it, so there may be more."""

    fact = plain.String(required=True)
    most = plain.Float(required=True)
    amount = plain.Float(required=True)
    at_least = plain.Boolean(required=True)
    do = fields.Choice(DO, required=True)
    source = fields.Source(required=True)
