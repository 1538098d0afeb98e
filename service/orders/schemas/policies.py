"""What orders answer of lines that can't be made."""

from __future__ import annotations

from marshmallow import fields as plain

from ...http import Schema, fields
from ...preferences.rules.choices import IF_UNAVAILABLE, WITHOUT_ANSWER


class NamedSchema(Schema):
    id = fields.Id(required=True)
    name = plain.String(required=True)


class NamedModifierSchema(Schema):
    option_id = fields.Id(required=True)
    quantity = plain.Integer(required=True)
    text = plain.String(required=True, allow_none=True)
    modifiers = plain.List(plain.Nested(lambda: NamedModifierSchema()), required=True)


class NamedSubstituteSchema(Schema):
    rank = plain.Integer(required=True, metadata={"description": "Its place in your list, from 1."})
    item_id = fields.Id(required=True)
    size_id = fields.Id(required=True, allow_none=True)
    modifiers = plain.List(plain.Nested(NamedModifierSchema), required=True)


class PolicySchema(Schema):
    """What happens when something can't be made after all, and who said so. What nobody stated is not there."""

    do = fields.Choice(list(IF_UNAVAILABLE), required=True)
    substitutes = plain.List(plain.Nested(NamedSubstituteSchema), required=True)
    avoid = plain.List(plain.String(), required=True, metadata={"description": "Allergens no substitute may hold."})
    max_extra = fields.Money(metadata={"description": "What a substitute may cost more without your yes."})
    answer_minutes = plain.Integer(metadata={"description": "How long a question waits."})
    without_answer = fields.Choice(WITHOUT_ANSWER)
    source = fields.Source(required=True)


class OptionPolicySchema(PolicySchema):
    """For when one option is what is missing."""

    option = plain.Nested(NamedSchema, required=True)


class ChosenIfUnavailableSchema(PolicySchema):
    """What happens to the line when it can't be made after all."""

    for_options = plain.List(plain.Nested(OptionPolicySchema))
