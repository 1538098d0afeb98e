"""The wire of usuals."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields as plain

from ...http import Schema, fields
from .baskets import BasketLineSchema, IfUnavailableSchema, PickupWaySchema
from .values import PriceCeilingSchema


class SaveUsualSchema(Schema):
    """A basket and your own name for it. What its lines leave open is filled anew each time it is quoted."""

    name = fields.Text(60, required=True)
    store_id = fields.Id(load_default=None, metadata={"description": "Where; without, each quote says so."})
    lines = fields.List(fields.Nested(BasketLineSchema), 50, 1, required=True)
    pickup = fields.Nested(PickupWaySchema, load_default=dict)
    if_unavailable = fields.Nested(
        IfUnavailableSchema, load_default=None, metadata={"description": "For every line without one of its own."}
    )
    price_ceiling = fields.Nested(PriceCeilingSchema, load_default=None)
    position = fields.Integer(
        1, 50, load_default=None, metadata={"description": "Where in your list; else where it is, a new one last."}
    )

    @ma.post_load
    def _basket(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        # Of a name nothing may be left when what surrounds it is taken away.
        if not data["name"]:
            raise ma.ValidationError("Shorter than minimum length 1.", "name")
        data["basket"] = {part: data.pop(part) for part in ("lines", "pickup", "if_unavailable")}
        return data


class AskedModifierSchema(Schema):
    option_id = fields.Id(required=True)
    quantity = plain.Integer(required=True)
    text = plain.String(required=True, allow_none=True)
    modifiers = plain.List(plain.Nested(lambda: AskedModifierSchema()), required=True)


class AskedSubstituteSchema(Schema):
    item_id = fields.Id(required=True)
    size_id = fields.Id(required=True, allow_none=True)
    modifiers = plain.List(plain.Nested(AskedModifierSchema), required=True)


class AskedIfUnavailableSchema(Schema):
    do = plain.String(required=True)
    substitutes = plain.List(plain.Nested(AskedSubstituteSchema), required=True)
    avoid = plain.List(plain.String(), required=True)
    max_extra_minor = plain.Integer(required=True, allow_none=True)
    answer_minutes = plain.Integer(required=True, allow_none=True)
    without_answer = plain.String(required=True, allow_none=True)


class AskedLineSchema(Schema):
    """A line as you said it; what is null was left open."""

    item_id = fields.Id(required=True)
    size_id = fields.Id(required=True, allow_none=True)
    quantity = plain.Integer(required=True, allow_none=True)
    modifiers = plain.List(plain.Nested(AskedModifierSchema), required=True)
    note = plain.String(required=True, allow_none=True)
    if_unavailable = plain.Nested(AskedIfUnavailableSchema, required=True, allow_none=True)


class AskedPickupSchema(Schema):
    method = plain.String(allow_none=True)
    alias = plain.String(allow_none=True)
    if_not_collected = plain.String(allow_none=True)


class UsualSchema(Schema):
    """A basket that you named, as you said it, and what it cost when you saved it."""

    id = fields.Id(required=True)
    name = plain.String(required=True)
    store_id = fields.Id(required=True, allow_none=True)
    lines = plain.List(plain.Nested(AskedLineSchema), required=True)
    pickup = plain.Nested(AskedPickupSchema, required=True)
    if_unavailable = plain.Nested(AskedIfUnavailableSchema, required=True, allow_none=True)
    price_ceiling = fields.Money(required=True, allow_none=True)
    saved_at = fields.Instant(
        required=True, allow_none=True, metadata={"description": "When its price was looked at; null without a store."}
    )
    saved_total = fields.Money(
        required=True, allow_none=True, metadata={"description": "Its lines together, before tax that comes on top."}
    )
    version = plain.Integer(required=True)
    created_at = fields.Instant(required=True)
    updated_at = fields.Instant(required=True)


class UsualsSchema(Schema):
    """Your usuals, in your own order."""

    data = plain.List(plain.Nested(UsualSchema), required=True)
