"""The wire of picking up, for oneself or under a grant."""

from __future__ import annotations

from marshmallow import fields as plain

from ...http import Schema, fields
from ..rules.states import OPEN
from .shown import ArrivalSchema, StoreNameSchema


class PickupSchema(Schema):
    """An open order to whoever picks it up: nothing of what is in it, or what it costs."""

    id = fields.Id(required=True)
    code = plain.String(required=True, metadata={"description": "What is called out at the counter."})
    state = fields.Choice(sorted(OPEN), required=True)
    version = plain.Integer(required=True)
    store = plain.Nested(StoreNameSchema, required=True)
    method = plain.String(required=True)
    window_starts_at = fields.Instant(required=True, allow_none=True)
    window_ends_at = fields.Instant(required=True, allow_none=True)
    arrival = plain.Nested(ArrivalSchema, required=True)
    next_actions = plain.List(plain.String(), required=True)
