"""The wire of one's own membership, ledger and redemptions."""

from __future__ import annotations

from marshmallow import fields as plain

from ...http import Schema, fields
from ..rules.kinds import AT_LEAVING, ENTRY_KINDS, REDEMPTION_STATES
from ..rules.lots import STATES
from .earning import OpenOrderEarnsSchema
from .programme import ShownRewardSchema, ShownTierSchema

_ORDER_ID = "Of an order; of what a card was shown for at a counter, that sale's own."


class EarnedStarsSchema(Schema):
    """What can be spent now, and what was earned and can be spent later."""

    available = plain.Integer(required=True)
    pending = plain.Integer(required=True)


class StarsSchema(EarnedStarsSchema):
    """The same, and what open orders will earn at their pickup."""

    in_open_orders = plain.Integer(required=True)


class NextTierSchema(ShownTierSchema):
    missing = plain.Integer(required=True)


class TierStandingSchema(Schema):
    """The tier, by the qualifying stars since a day a year ago, and by nothing else."""

    qualifying_stars = plain.Integer(required=True)
    since = fields.Instant(required=True)
    current = plain.Nested(ShownTierSchema, required=True, allow_none=True)
    next = plain.Nested(NextTierSchema, required=True, allow_none=True)


class MyPromotionSchema(Schema):
    """A promotion as everyone sees it, and since when you are in it; null: you are not."""

    key = plain.String(required=True)
    label = plain.String(required=True)
    terms = plain.String(required=True)
    starts_at = fields.Instant(required=True)
    ends_at = fields.Instant(required=True)
    opted_in_at = fields.Instant(required=True, allow_none=True)


class LoyaltyMembershipSchema(Schema):
    joined_at = fields.Instant(required=True)
    programme_version = plain.Integer(required=True)
    stars = plain.Nested(StarsSchema, required=True)
    open_orders = plain.List(
        plain.Nested(OpenOrderEarnsSchema), required=True, metadata={"description": "At most 100, the newest first."}
    )
    tier = plain.Nested(TierStandingSchema, required=True)
    promotions = plain.List(plain.Nested(MyPromotionSchema), required=True)
    version = plain.Integer(required=True)


class LeaveSchema(Schema):
    """What becomes of the stars that are left."""

    stars = fields.Choice(list(AT_LEAVING), load_default=None)
    reward = fields.Text(
        40, load_default=None, metadata={"description": "For `redeem`: which, as often as they suffice."}
    )


class OfferedGiftSchema(Schema):
    """A gift just made: whoever has the token can take it. The token is shown this once."""

    id = fields.Id(required=True)
    token = plain.String(required=True)


class LeavingStatementSchema(Schema):
    """What became of the stars at leaving; redemptions stay yours."""

    left_at = fields.Instant(required=True)
    stars = plain.Integer(required=True, metadata={"description": "How many there were."})
    redemptions = plain.List(fields.Id(), required=True)
    gift = plain.Nested(OfferedGiftSchema, required=True, allow_none=True)
    pooled = plain.Integer(required=True)
    let_go = plain.Integer(required=True)


class StarMovementSchema(Schema):
    """Stars of one lot: in (positive) or out."""

    lot_id = fields.Id(required=True)
    stars = plain.Integer(required=True)


class MovedStarsSchema(StarMovementSchema):
    """The same, with the version of the programme whose terms the lot keeps."""

    programme_version = plain.Integer(required=True)


class StarEntrySchema(Schema):
    """One entry of your ledger: which rule of which version of the programme made it, for which order, from or into
    which lots. `stars` is what the lots add up to; `qualifying_stars` count towards a tier from `qualifies_at` on; what
    was reversed, as of the instant at which it was earned."""

    number = plain.Integer(required=True)
    kind = fields.Choice(list(ENTRY_KINDS), required=True)
    stars = plain.Integer(required=True)
    qualifying_stars = plain.Integer(required=True)
    qualifies_at = fields.Instant(required=True, allow_none=True)
    rule = plain.String(required=True, allow_none=True)
    label = plain.String(required=True, allow_none=True)
    programme_version = plain.Integer(required=True, allow_none=True)
    order_id = fields.Id(required=True, allow_none=True, metadata={"description": _ORDER_ID})
    reference_id = fields.Id(
        required=True,
        allow_none=True,
        metadata={"description": "The redemption, gift, claim, merger or card that it belongs to."},
    )
    reason = plain.String(required=True, allow_none=True)
    lots = plain.List(plain.Nested(MovedStarsSchema), required=True)
    happened_at = fields.Instant(required=True)


class StarLotSchema(Schema):
    """Stars earned together. `programme_version` has the terms that they keep; `owed` were reversed after they had been
    spent, and are taken from what comes back to this lot, never from another. The `state` of a lot that has none left
    says what took the last ones."""

    id = fields.Id(required=True)
    stars = plain.Integer(required=True)
    remaining = plain.Integer(required=True)
    reversed = plain.Integer(required=True)
    owed = plain.Integer(required=True)
    state = fields.Choice(list(STATES), required=True)
    programme_version = plain.Integer(required=True)
    rule = plain.String(required=True)
    order_id = fields.Id(required=True, allow_none=True, metadata={"description": _ORDER_ID})
    from_lot_id = fields.Id(required=True, allow_none=True)
    is_pooled = plain.Boolean(required=True)
    earned_at = fields.Instant(required=True)
    available_at = fields.Instant(required=True)
    expires_at = fields.Instant(required=True, allow_none=True)


class ExpectedSchema(Schema):
    """What expires at an instant if nothing happens; null: never."""

    expires_at = fields.Instant(required=True, allow_none=True)
    stars = plain.Integer(required=True)
    lots = plain.List(plain.Nested(StarMovementSchema), required=True)


class ForecastSchema(Schema):
    data = plain.List(plain.Nested(ExpectedSchema), required=True)


class StarTotalSchema(Schema):
    kind = fields.Choice(list(ENTRY_KINDS), required=True)
    stars = plain.Integer(required=True)


class StarStatementSchema(Schema):
    """A month in the programme's zone: what there was, every entry, what there is."""

    month = plain.String(required=True)
    timezone = plain.String(required=True)
    begins_at = fields.Instant(required=True)
    ends_at = fields.Instant(required=True)
    opening_stars = plain.Integer(required=True)
    closing_stars = plain.Integer(required=True)
    qualifying_stars = plain.Integer(required=True)
    totals = plain.List(plain.Nested(StarTotalSchema), required=True)
    entries = plain.List(plain.Nested(StarEntrySchema), required=True)


class RedeemSchema(Schema):
    """Which reward; from which lots (without: those that expire first); and whether the others of your pool pay after
    you, as far as they let you."""

    reward = fields.Text(40, required=True)
    lots = fields.List(fields.Id(), 100, 1, load_default=None)
    from_pool = fields.Flag(load_default=False)


class RedemptionSchema(Schema):
    """A reward to be used in an order; `held` until it is."""

    id = fields.Id(required=True)
    reward = plain.Nested(ShownRewardSchema, required=True)
    programme_version = plain.Integer(required=True)
    stars = plain.Integer(required=True)
    state = fields.Choice(list(REDEMPTION_STATES), required=True)
    order_id = fields.Id(required=True, allow_none=True)
    redeemed_at = fields.Instant(required=True)
    ended_at = fields.Instant(required=True, allow_none=True)
    next_actions = plain.List(plain.String(), required=True)
    version = plain.Integer(required=True)


class PaysSchema(Schema):
    """How many stars of one of your lots would pay, and how many it would have left."""

    lot_id = fields.Id(required=True)
    stars = plain.Integer(required=True)
    remaining = plain.Integer(required=True)


class RedemptionPreviewSchema(Schema):
    """What a redemption would take and leave. Redeeming costs no qualifying stars: the tier is the same after it."""

    reward = plain.Nested(ShownRewardSchema, required=True)
    stars = plain.Integer(required=True)
    lots = plain.List(plain.Nested(PaysSchema), required=True)
    from_pool_stars = plain.Integer(required=True)
    available_after = plain.Integer(required=True)
    tier_before = plain.String(required=True, allow_none=True)
    tier_after = plain.String(required=True, allow_none=True)
