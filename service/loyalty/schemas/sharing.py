"""The wire of gifts, pools and claims."""

from __future__ import annotations

from marshmallow import fields as plain

from ...http import Schema, fields
from ..rules.kinds import CLAIM_STATES, GIFT_STATES

_MOST_STARS = 1_000_000


class OfferGiftSchema(Schema):
    stars = fields.Integer(1, _MOST_STARS, required=True)
    message = fields.Text(140, load_default=None)


class GiftTokenSchema(Schema):
    token = fields.Text(64, required=True)


class GiftSchema(Schema):
    """Stars that you gave or received. Who the other one is isn't kept where you could see it."""

    id = fields.Id(required=True)
    role = fields.Choice(["giver", "receiver"], required=True)
    stars = plain.Integer(required=True)
    message = plain.String(required=True, allow_none=True)
    state = fields.Choice(list(GIFT_STATES), required=True)
    offered_at = fields.Instant(required=True)
    ends_at = fields.Instant(required=True, metadata={"description": "When it comes back if nobody takes it."})
    ended_at = fields.Instant(required=True, allow_none=True)
    next_actions = plain.List(plain.String(), required=True)


class OfferedGiftDetailsSchema(GiftSchema):
    """A gift just made; the token is shown this once."""

    token = plain.String(required=True)


class MakePoolSchema(Schema):
    """`called` is your name in it; `cap` how many of your stars the others may spend at most."""

    name = fields.Text(60, required=True)
    called = fields.Text(40, required=True)
    cap = fields.Integer(0, _MOST_STARS, required=True)


class JoinPoolSchema(Schema):
    token = fields.Text(64, required=True)
    called = fields.Text(40, required=True)
    cap = fields.Integer(0, _MOST_STARS, required=True)


class ChangeCapSchema(Schema):
    cap = fields.Integer(0, _MOST_STARS, required=True)


class PooledSchema(Schema):
    """Somebody in the pool, and how many of their stars the others may spend, and did."""

    name = plain.String(required=True)
    is_you = plain.Boolean(required=True)
    cap = plain.Integer(required=True)
    used = plain.Integer(required=True)
    joined_at = fields.Instant(required=True)


class PoolSchema(Schema):
    """People who let each other spend stars. Lots stay their member's; what anyone orders or redeems is not shown."""

    id = fields.Id(required=True)
    name = plain.String(required=True)
    made_at = fields.Instant(required=True)
    members = plain.List(plain.Nested(PooledSchema), required=True)


class PoolsSchema(Schema):
    data = plain.List(plain.Nested(PoolSchema), required=True)


class PoolInvitationSchema(Schema):
    """Lets one person in, until then; the token is shown this once."""

    token = plain.String(required=True)
    ends_at = fields.Instant(required=True)


class ClaimStarsSchema(Schema):
    """The receipt's id (its order's), and what is missing."""

    receipt = fields.Id(required=True)
    note = fields.Text(500, load_default=None)


class ClaimSchema(Schema):
    """A claim: granted at once where the receipt proves it, else answered by staff until `due_at`."""

    id = fields.Id(required=True)
    receipt = fields.Id(required=True, allow_none=True, metadata={"description": "Null: its order was forgotten."})
    note = plain.String(required=True, allow_none=True)
    state = fields.Choice(list(CLAIM_STATES), required=True)
    stars = plain.Integer(required=True)
    answer = plain.String(required=True, allow_none=True)
    due_at = fields.Instant(required=True)
    claimed_at = fields.Instant(required=True)
    answered_at = fields.Instant(required=True, allow_none=True)


class AnswerClaimSchema(Schema):
    """With so many stars (0: none), and why."""

    stars = fields.Integer(0, 10_000, required=True)
    answer = fields.Text(500, required=True)
