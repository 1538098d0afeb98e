"""What orders answer of a line: what it is made of, what it costs, who said so."""

from __future__ import annotations

from marshmallow import fields as plain

from ...http import Schema, fields
from .guarded import OverrideSchema
from .policies import ChosenIfUnavailableSchema, NamedSchema


class KeyedSchema(NamedSchema):
    key = plain.String(metadata={"description": "Its name on every menu: what rules and lists call it by."})


class ItemNameSchema(NamedSchema):
    sku = plain.String(required=True)


class ChosenSizeSchema(NamedSchema):
    source = fields.Source(required=True)


class LineTaxSchema(fields.MoneySchema):
    rate_bps = plain.Integer(required=True, metadata={"description": "Basis points: 825 is 8.25 %."})


class LineModifierSchema(Schema):
    group = plain.Nested(KeyedSchema, required=True)
    option = plain.Nested(KeyedSchema, required=True)
    quantity = plain.Integer(required=True)
    text = plain.String(required=True, allow_none=True)
    source = fields.Source(required=True)
    price = fields.Money(required=True, metadata={"description": "Of this option alone, for one of the line."})
    modifiers = plain.List(plain.Nested(lambda: LineModifierSchema()), required=True)


class LineBeforeSchema(Schema):
    item = plain.Nested(ItemNameSchema, required=True)
    size = plain.Nested(NamedSchema, required=True)
    total = fields.Money(required=True)


class LineChangeSchema(Schema):
    """What happened to a line that could not be made: struck (nothing is due for it), or another took its place."""

    kind = fields.Choice(["struck", "substituted"], required=True)
    reason = plain.String(required=True)
    at = fields.Instant(required=True)
    rank = plain.Integer(metadata={"description": "Which of your alternatives took the place: 1 is the first."})
    was = plain.Nested(LineBeforeSchema, required=True)


class ToldNutritionSchema(Schema):
    """Facts by name with their unit in it, for one."""

    facts = plain.Dict(plain.String(), plain.Float(), required=True)
    source = fields.Source(required=True)


class OrderLineSchema(Schema):
    position = plain.Integer(required=True)
    item = plain.Nested(ItemNameSchema, required=True)
    size = plain.Nested(ChosenSizeSchema, required=True)
    quantity = plain.Integer(required=True)
    quantity_source = fields.Source(required=True)
    note = plain.String(required=True, allow_none=True)
    note_source = fields.Source(required=True, allow_none=True)
    without = plain.List(
        plain.String(), metadata={"description": "Defaults that the customer chose away and nothing took the place of."}
    )
    modifiers = plain.List(plain.Nested(LineModifierSchema), required=True)
    base_price = fields.Money(required=True)
    unit_price = fields.Money(required=True)
    discount = fields.Money(metadata={"description": "What rewards took off the line, where any did."})
    total = fields.Money(required=True, metadata={"description": "Unit price times quantity, less the discount."})
    tax = plain.Nested(LineTaxSchema, required=True)
    contains = plain.List(plain.String(), required=True, metadata={"description": "Allergens in it."})
    may_contain = plain.List(plain.String(), required=True)
    nutrition = plain.Dict(plain.String(), plain.Float(), required=True, metadata={"description": "For one."})
    nutrition_in_units = plain.Nested(
        ToldNutritionSchema, metadata={"description": "The same in your units, where you said some; rounded."}
    )
    nutrition_at_least = plain.Boolean(
        metadata={"description": "Only where some part of it states none: there may be more than `nutrition` says."}
    )
    if_unavailable = plain.Nested(ChosenIfUnavailableSchema)
    overrides = plain.List(
        plain.Nested(OverrideSchema), metadata={"description": "Only where something avoided is overridden."}
    )
    change = plain.Nested(LineChangeSchema, metadata={"description": "Where it isn't as it was placed any more."})
