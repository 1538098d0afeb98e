"""What is answered to asking for something once more."""

from __future__ import annotations

from marshmallow import fields as plain

from ...http import Schema, fields
from ..rules.again import STATUSES
from .shown import QuoteSchema


class LineNameSchema(Schema):
    name = plain.String(required=True)
    size = plain.String(required=True)


class LineAgainSchema(Schema):
    """How a line compares with what it was when the usual was saved, or the order placed.

    `substituted`: a rule or another preference of yours fills it otherwise now, or your substitution policy puts its
    alternative number `rank` in its place: see `source`. `unavailable` lines are left out of the quote.
    """

    position = plain.Integer(required=True, metadata={"description": "Of the line in the usual, or the order."})
    quote_position = plain.Integer(required=True, allow_none=True)
    status = fields.Choice(list(STATUSES), required=True)
    was = plain.Nested(LineNameSchema, required=True, allow_none=True)
    was_total = fields.Money(
        required=True, allow_none=True, metadata={"description": "Null where no price was known then."}
    )
    now = plain.Nested(LineNameSchema, required=True, allow_none=True)
    now_total = fields.Money(required=True, allow_none=True)
    source = fields.Source(
        required=True, allow_none=True, metadata={"description": "Who says otherwise now, or what takes its place."}
    )
    rank = plain.Integer(required=True, allow_none=True)
    reason = plain.String(required=True, allow_none=True, metadata={"description": "The refusal's own name."})
    detail = plain.String(required=True, allow_none=True)


class QuoteAgainAnswerSchema(Schema):
    """A quote of what can be had, and how each line compares."""

    quote = plain.Nested(QuoteSchema, required=True)
    lines = plain.List(plain.Nested(LineAgainSchema), required=True)
