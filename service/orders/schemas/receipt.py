"""What an order's receipt answers."""

from __future__ import annotations

from marshmallow import fields as plain

from ...http import Schema, fields
from .shown import OrderSchema


class RefundedLineSchema(Schema):
    position = plain.Integer(required=True)
    quantity = plain.Integer(required=True)
    amount = fields.Money(required=True)
    tax = fields.Money(required=True)


class RefundedTenderSchema(Schema):
    """What one tender got back; one that was to be paid at pickup is due no more. What a card doesn't take back is in
    the wallet (`kind`)."""

    id = fields.Id(required=True)
    number = plain.Integer(required=True)
    kind = plain.String(required=True)
    amount = fields.Money(required=True)
    tax = fields.Money(required=True)
    tip = fields.Money(required=True)


class ReturnedRewardSchema(Schema):
    redemption_id = fields.Id(required=True)
    label = plain.String(required=True)
    stars = plain.Integer(required=True)


class RefundSchema(Schema):
    """What was given back; `tax` is contained in `amount`."""

    id = fields.Id(required=True)
    amount = fields.Money(required=True)
    tax = fields.Money(required=True)
    reason = plain.String(required=True)
    lines = plain.List(plain.Nested(RefundedLineSchema), required=True)
    tip = fields.Money(metadata={"description": "Apart from the amount."})
    tenders = plain.List(plain.Nested(RefundedTenderSchema))
    rewards = plain.List(plain.Nested(ReturnedRewardSchema), metadata={"description": "Whose stars came back with it."})
    created_at = fields.Instant(required=True)


class DoneUnderGrantSchema(Schema):
    by = plain.String(required=True, metadata={"description": "Who did it for the customer; only they are told."})


class StepSchema(Schema):
    state = plain.String(required=True)
    at = fields.Instant(required=True)
    by = fields.Choice(["customer", "staff", "system"], required=True)
    under_grant = plain.Nested(DoneUnderGrantSchema, required=True, allow_none=True)


class ReceiptSchema(Schema):
    """What was sold, taxed, paid and given back."""

    order = plain.Nested(OrderSchema, required=True)
    steps = plain.List(plain.Nested(StepSchema), required=True)
    refunds = plain.List(plain.Nested(RefundSchema), required=True)
