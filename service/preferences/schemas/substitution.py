"""The form of what a customer says for lines that can't be made after all."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from ...http import Schema, fields
from ..rules.choices import IF_UNAVAILABLE, WITHOUT_ANSWER
from .parts import OptionSchema, RuleOptionSchema, SaidBeforeSchema

MOST_RULES, MOST_ALTERNATIVES = 100, 5


class MissingSchema(Schema):
    """What is missing: an option (by its group's key and its own), an item, something of a category; nothing of it:
    anything."""

    option = fields.Nested(OptionSchema)
    item_id = fields.Id()
    category_id = fields.Id()

    @ma.validates_schema
    def _one_thing(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) > 1:
            raise ma.ValidationError("Name an option, an item or a category, one of them.")


class AlternativeSchema(Schema):
    """Another item, or (without `item_id`) the same line with another size or other options; by their keys. What is
    left open of another item your order rules fill, else the item does."""

    item_id = fields.Id()
    size = fields.Text(50)
    options = fields.List(fields.Nested(RuleOptionSchema), 20, 1)

    @ma.validates_schema
    def _something(self, data: dict[str, Any], **_: Any) -> None:
        if not data:
            raise ma.ValidationError("Name an item, a size or options.")


class MostExtraSchema(Schema):
    """For the whole line, as you pay it; where a store takes another currency it is nothing."""

    amount_minor = fields.Integer(1, fields.MAX_MINOR, required=True)
    currency = fields.Currency(required=True)


class SubstitutionRuleSchema(SaidBeforeSchema):
    """One rule. `alternatives` are tried in your order, or offered in it where you are asked; `max_extra` is what one
    may cost more without your yes. A question waits for `answer_minutes`, then `without_answer` holds."""

    when = fields.Nested(MissingSchema, load_default=dict)
    do = fields.Choice(IF_UNAVAILABLE, required=True)
    alternatives = fields.List(fields.Nested(AlternativeSchema), MOST_ALTERNATIVES, load_default=list)
    max_extra = fields.Nested(MostExtraSchema)
    answer_minutes = fields.Integer(1, 120)
    without_answer = fields.Choice(WITHOUT_ANSWER)


class SubstitutionSchema(Schema):
    rules = fields.List(fields.Nested(SubstitutionRuleSchema), MOST_RULES, 1, required=True)
