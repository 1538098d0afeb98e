"""The wire of cards."""

from __future__ import annotations

from marshmallow import fields as plain

from ...http import Schema, fields


class MakeLoyaltyCardSchema(Schema):
    """What you call the card, so that the right one is ended."""

    label = fields.Text(40, required=True)


class LoyaltyCardSchema(Schema):
    """A card of yours. Whoever shows its number at a counter earns you stars, and can take none."""

    id = fields.Id(required=True)
    number = plain.String(required=True, metadata={"description": "To be shown as a bar code, or typed."})
    label = plain.String(required=True)
    made_at = fields.Instant(required=True)
    ended_at = fields.Instant(required=True, allow_none=True, metadata={"description": "Since when it works no more."})
