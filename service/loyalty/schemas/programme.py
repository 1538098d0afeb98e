"""The wire of the programme: as it is published, and as it is shown."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import orjson
from marshmallow import fields as plain

from ...http import Schema, fields
from ..rules.difference import EFFECTS
from ..rules.programme import ACCRUAL_KINDS, REWARD_KINDS, TENDERS

_MOST_STARS = 1_000_000


class ThingsSchema(Schema):
    """Items by SKU, or categories by key with all below them; neither: everything."""

    skus = fields.List(fields.Text(60), 100, load_default=list)
    categories = fields.List(fields.Text(60), 50, load_default=list)


class AccrualTermsSchema(ThingsSchema):
    """How stars are earned: for every `per_minor` of `currency` (`per_amount`), or for every piece (`per_item`)."""

    kind = fields.Choice(list(ACCRUAL_KINDS), required=True)
    stars = fields.Integer(1, 10_000, required=True)
    per_minor = fields.Integer(1, fields.MAX_MINOR, load_default=None)
    currency = fields.Currency(load_default=None)
    tender = fields.Choice(
        list(TENDERS),
        load_default=None,
        metadata={"description": "Only orders for which that alone was named to pay; `split`: several were."},
    )
    daypart = fields.Text(
        200,
        load_default=None,
        metadata={"description": "Only what is ordered then: OSM opening_hours syntax in the store's zone."},
    )
    qualifies = fields.Flag(load_default=True, metadata={"description": "Whether it counts towards tiers."})

    @ma.validates_schema
    def _fits_its_kind(self, data: dict[str, Any], **_: Any) -> None:
        needs = data["kind"] == "per_amount"
        if (data["per_minor"] is not None) != needs or (data["currency"] is not None) != needs:
            raise ma.ValidationError("`per_amount` has per_minor and currency, `per_item` has neither.", "per_minor")


class AccrualSchema(AccrualTermsSchema):
    key = fields.Text(40, required=True)
    label = fields.Text(80, required=True)


class TierSchema(Schema):
    """A tier, from so many qualifying stars of the last twelve months on."""

    key = fields.Text(40, required=True)
    label = fields.Text(80, required=True)
    threshold = fields.Integer(0, _MOST_STARS, required=True)
    benefits = fields.List(fields.Text(200), 20, load_default=list)


class CappedAmountSchema(Schema):
    amount_minor = fields.Integer(1, fields.MAX_MINOR, required=True)
    currency = fields.Currency(required=True)


class RewardSchema(ThingsSchema):
    """What stars are redeemed for: up to an amount off an order (`value`), or one piece, up to the amount (`item`)."""

    key = fields.Text(40, required=True)
    label = fields.Text(80, required=True)
    stars = fields.Integer(1, _MOST_STARS, required=True)
    kind = fields.Choice(list(REWARD_KINDS), required=True)
    amounts = fields.List(fields.Nested(CappedAmountSchema), 20, 1, required=True)
    stock = fields.Integer(
        0, _MOST_STARS, load_default=None, metadata={"description": "How many there are; null: no limit."}
    )


class PromotionSchema(Schema):
    """An accrual for those who opt in, from the beginning of one day to the end of another."""

    key = fields.Text(40, required=True)
    label = fields.Text(80, required=True)
    terms = fields.Text(500, required=True)
    starts_on = fields.Day(required=True)
    ends_on = fields.Day(required=True)
    accrual = fields.Nested(AccrualTermsSchema, required=True)

    @ma.validates_schema
    def _days_in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["ends_on"] < data["starts_on"]:
            raise ma.ValidationError("It ends before it starts.", "ends_on")


class ExpirySchema(Schema):
    """Stars expire after the whole of the day so many months after they were earned; null: never. What comes back to
    them lives for the grace days at least."""

    months = fields.Integer(1, 120, load_default=None)
    grace_days = fields.Integer(0, 365, required=True)


class PublishProgrammeSchema(Schema):
    """The programme, in force from the beginning of `effective_on` in its zone."""

    effective_on = fields.Day(required=True)
    timezone = fields.Zone(required=True)
    name = fields.Text(80, required=True)
    accruals = fields.List(fields.Nested(AccrualSchema), 50, 1, required=True)
    tiers = fields.List(fields.Nested(TierSchema), 10, required=True)
    rewards = fields.List(fields.Nested(RewardSchema), 100, required=True)
    promotions = fields.List(fields.Nested(PromotionSchema), 50, load_default=list)
    expiry = fields.Nested(ExpirySchema, required=True)
    pending_days = fields.Integer(
        0, 60, load_default=0, metadata={"description": "Days after the pickup until stars can be spent."}
    )
    gift_days = fields.Integer(1, 90, required=True)
    claim_days = fields.Integer(1, 365, required=True)
    remedy_stars = fields.Integer(
        0, 10_000, load_default=0, metadata={"description": "For a missed promise, where the customer chose stars."}
    )


def read_programme(body: Any) -> dict[str, Any]:
    """Return the programme as an operator writes it, in the form in which it is kept; what is wrong with it is raised
    as marshmallow does."""
    document: dict[str, Any] = orjson.loads(orjson.dumps(PublishProgrammeSchema().load(body)))
    return document


class TermsChangeSchema(Schema):
    """One term that differs from the version before, and what that is for members."""

    path = plain.String(required=True)
    before = plain.Raw(required=True, allow_none=True)
    after = plain.Raw(required=True, allow_none=True)
    effect = fields.Choice(list(EFFECTS), required=True)


class ShownThings(Schema):
    skus = plain.List(plain.String(), required=True)
    categories = plain.List(plain.String(), required=True)
    item_ids = plain.List(fields.Id(), required=True)
    category_ids = plain.List(fields.Id(), required=True)


class ShownAccrualTermsSchema(ShownThings):
    kind = fields.Choice(list(ACCRUAL_KINDS), required=True)
    stars = plain.Integer(required=True)
    per_minor = plain.Integer(required=True, allow_none=True)
    currency = plain.String(required=True, allow_none=True)
    tender = plain.String(required=True, allow_none=True)
    daypart = plain.String(required=True, allow_none=True)
    qualifies = plain.Boolean(required=True)


class ShownAccrualSchema(ShownAccrualTermsSchema):
    key = plain.String(required=True)
    label = plain.String(required=True)


class ShownTierSchema(Schema):
    key = plain.String(required=True)
    label = plain.String(required=True)
    threshold = plain.Integer(required=True)
    benefits = plain.List(plain.String(), required=True)


class ShownRewardSchema(ShownThings):
    key = plain.String(required=True)
    label = plain.String(required=True)
    stars = plain.Integer(required=True)
    kind = fields.Choice(list(REWARD_KINDS), required=True)
    amounts = plain.List(fields.Money(), required=True)
    stock = plain.Integer(required=True, allow_none=True)


class OfferedRewardSchema(ShownRewardSchema):
    left = plain.Integer(required=True, allow_none=True, metadata={"description": "How many are left; null: no limit."})


class RewardsSchema(Schema):
    """The rewards, the cheapest first; the same for everyone."""

    data = plain.List(plain.Nested(OfferedRewardSchema), required=True)


class ShownPromotionSchema(Schema):
    key = plain.String(required=True)
    label = plain.String(required=True)
    terms = plain.String(required=True)
    starts_on = fields.Day(required=True)
    ends_on = fields.Day(required=True)
    accrual = plain.Nested(ShownAccrualTermsSchema, required=True)


class ShownExpirySchema(Schema):
    months = plain.Integer(required=True, allow_none=True)
    grace_days = plain.Integer(required=True)


class ProgrammeVersionSchema(Schema):
    """One version of the programme; `changes` is the receipt of what differs from the one before. Stars that were
    earned before keep their terms."""

    version = plain.Integer(required=True)
    effective_at = fields.Instant(required=True)
    published_at = fields.Instant(required=True)
    effective_on = fields.Day(required=True)
    timezone = plain.String(required=True)
    name = plain.String(required=True)
    accruals = plain.List(plain.Nested(ShownAccrualSchema), required=True)
    tiers = plain.List(plain.Nested(ShownTierSchema), required=True)
    rewards = plain.List(plain.Nested(ShownRewardSchema), required=True)
    promotions = plain.List(plain.Nested(ShownPromotionSchema), required=True)
    expiry = plain.Nested(ShownExpirySchema, required=True)
    pending_days = plain.Integer(required=True)
    gift_days = plain.Integer(required=True)
    claim_days = plain.Integer(required=True)
    remedy_stars = plain.Integer(required=True)
    changes = plain.List(plain.Nested(TermsChangeSchema), required=True)


class ProgrammeSchema(Schema):
    """The version in force, and those to come."""

    current = plain.Nested(ProgrammeVersionSchema, required=True)
    upcoming = plain.List(plain.Nested(ProgrammeVersionSchema), required=True)
