"""The wire of the pickup queue."""

from __future__ import annotations

from marshmallow import fields as plain

from ..http import Schema
from ..orders.schemas import OrderSchema


class QueueSchema(Schema):
    """A page of the queue: orders told to the store and not picked up, by the instant to start on them."""

    data = plain.List(plain.Nested(OrderSchema), required=True)
    next_cursor = plain.String(required=True, allow_none=True)
