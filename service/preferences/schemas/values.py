"""The form of what can be said, by kind: read strictly, and served as JSON Schema."""

from __future__ import annotations

from functools import cache
from typing import Any

import marshmallow as ma
import orjson
from apispec.ext.marshmallow.openapi import OpenAPIConverter

from ...errors import Invalid
from ...http import Schema, fields
from ...http.parsing import by_path
from ...stores.rules import PICKUP_METHODS
from ..rules.choices import IF_NOT_COLLECTED, REMEDIES

MOST_RULES = 200


class WhenSchema(Schema):
    """When a rule holds: for an item or a category, at a store, at a time of day; nothing of it: everywhere."""

    item_id = fields.Id()
    category_id = fields.Id()
    store_id = fields.Id()
    daypart = fields.Text(
        200, metadata={"description": "OSM opening_hours syntax in the store's zone, such as `Mo-Fr 06:00-11:00`."}
    )

    @ma.validates_schema
    def _one_thing(self, data: dict[str, Any], **_: Any) -> None:
        if "item_id" in data and "category_id" in data:
            raise ma.ValidationError("Name an item or a category, not both.", "category_id")


class RuleOptionSchema(Schema):
    """An option, by its group's key and its own on the menu; `quantity` 0 says "none of it"."""

    group = fields.Text(50, required=True)
    option = fields.Text(50, required=True)
    quantity = fields.Integer(0, 20, load_default=1)


class SetSchema(Schema):
    """What a rule sets: a size by its key, options of one group, how many, or a note. One of them."""

    size = fields.Text(50)
    options = fields.List(fields.Nested(RuleOptionSchema), 20, 1)
    quantity = fields.Integer(1, 50)
    note = fields.Text(140)

    @ma.validates_schema
    def _one(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ma.ValidationError("Set one of size, options, quantity, note.")


class OrderRuleSchema(Schema):
    """One rule; with the `id` that it was given it keeps its age as long as it says the same."""

    id = fields.Id(metadata={"description": "As it was answered; left out for a new rule."})
    name = fields.Text(60, load_default=None, metadata={"description": "What you call it."})
    when = fields.Nested(WhenSchema, load_default=dict)
    set = fields.Nested(SetSchema, required=True)


class KeptOrderRuleSchema(OrderRuleSchema):
    """A rule as it is read: its version and instant may be sent back, and are not looked at."""

    version = fields.Integer(1, 2_000_000_000, metadata={"description": "Answered; what is sent is ignored."})
    said_at = fields.Instant(metadata={"description": "Answered; what is sent is ignored."})


class OrderRulesSchema(Schema):
    rules = fields.List(fields.Nested(KeptOrderRuleSchema), MOST_RULES, 1, required=True)


class CallNameSchema(Schema):
    name = fields.Text(20, required=True)
    pronunciation = fields.Text(60, load_default=None)


class PickupMethodSchema(Schema):
    method = fields.Choice(PICKUP_METHODS, required=True)


class NoShowSchema(Schema):
    do = fields.Choice(IF_NOT_COLLECTED, required=True)


class SaidRemedySchema(Schema):
    kind = fields.Choice(REMEDIES, required=True)


class PriceCeilingSchema(Schema):
    """The most that an order may cost without another yes."""

    amount_minor = fields.Integer(1, fields.MAX_MINOR, required=True)
    currency = fields.Currency(required=True)


VALUES: dict[str, Schema] = {
    "order_rules": OrderRulesSchema(),
    "call_name": CallNameSchema(),
    "pickup_method": PickupMethodSchema(),
    "no_show": NoShowSchema(),
    "remedy": SaidRemedySchema(),
    "price_ceiling": PriceCeilingSchema(),
}
"""The form of each kind's value."""


def read_value(kind: str, value: Any) -> dict[str, Any]:
    """Read a value of the kind; return it as plain JSON, as it is kept. Raises Invalid by its path."""
    try:
        read = VALUES[kind].load(value)
    except ma.ValidationError as error:
        raise Invalid(by_path(error.messages, "value")) from error
    plain: dict[str, Any] = orjson.loads(orjson.dumps(read, option=orjson.OPT_UTC_Z))
    return plain


# By no name: nested forms stand where they are used.
_CONVERTER: Any = OpenAPIConverter("3.1.0", schema_name_resolver=lambda _schema: None, spec=None)  # type: ignore[arg-type]


@cache
def value_document(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of the kind's value, complete in itself."""
    document: dict[str, Any] = _CONVERTER.schema2jsonschema(VALUES[kind])
    return document
