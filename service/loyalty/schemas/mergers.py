"""The wire of bringing one account into another."""

from __future__ import annotations

from marshmallow import fields as plain

from ...http import Schema, fields
from .mine import EarnedStarsSchema


class MergerConsentSchema(Schema):
    """Lets whoever has the token bring this account into theirs, once, until then; shown this once."""

    token = plain.String(required=True)
    ends_at = fields.Instant(required=True)


class MergerTokenSchema(Schema):
    """The token that you got at the account which is given up."""

    token = fields.Text(64, required=True)


class ComingRedemptionSchema(Schema):
    id = fields.Id(required=True)
    label = plain.String(required=True)
    stars = plain.Integer(required=True)


class ComingGiftSchema(Schema):
    id = fields.Id(required=True)
    stars = plain.Integer(required=True)


class ComingClaimSchema(Schema):
    id = fields.Id(required=True)
    receipt = fields.Id(required=True, allow_none=True)


class ComingLotSchema(Schema):
    """Stars that come over, and the terms that they keep."""

    lot_id = fields.Id(required=True)
    stars = plain.Integer(required=True)
    programme_version = plain.Integer(required=True)
    earned_at = fields.Instant(required=True)
    available_at = fields.Instant(required=True)
    expires_at = fields.Instant(required=True, allow_none=True)


class StaysBehindSchema(Schema):
    """What doesn't come over: the place in a pool, and redemptions that stand in orders of that account. They stay in
    their orders; unless they are used, their stars come back to the account that stays."""

    pool = plain.Boolean(required=True)
    redemptions_in_orders = plain.Integer(required=True)


class _ComingSchema(Schema):
    stars = plain.Nested(EarnedStarsSchema, required=True)
    owed_stars = plain.Integer(
        required=True, metadata={"description": "Lots that owe some come, too, and go on owing them."}
    )
    qualifying_stars = plain.Integer(
        required=True, metadata={"description": "They go on counting from the instants at which they were earned."}
    )
    redemptions = plain.List(plain.Nested(ComingRedemptionSchema), required=True)
    gifts = plain.List(plain.Nested(ComingGiftSchema), required=True)
    claims = plain.List(plain.Nested(ComingClaimSchema), required=True)
    promotions = plain.List(plain.String(), required=True)
    cards = plain.Integer(required=True, metadata={"description": "How many of those come that work; they go on."})
    stays_behind = plain.Nested(StaysBehindSchema, required=True)
    tier_before = plain.String(required=True, allow_none=True)
    tier_after = plain.String(required=True, allow_none=True)


class MergerPreviewSchema(_ComingSchema):
    """What would come over, as things stand."""

    lots = plain.List(plain.Nested(ComingLotSchema), required=True)


class MergerSchema(_ComingSchema):
    """What came over. To the account that was given up, the other one's tier is null."""

    id = fields.Id(required=True)
    role = fields.Choice(["stays", "given_up"], required=True)
    merged_at = fields.Instant(required=True)
