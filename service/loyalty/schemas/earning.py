"""The wire of what orders earn."""

from __future__ import annotations

from marshmallow import fields as plain

from ...http import Schema, fields


class EarnedByRuleSchema(Schema):
    rule = plain.String(required=True)
    label = plain.String(required=True)
    stars = plain.Integer(required=True)
    qualifying_stars = plain.Integer(required=True, metadata={"description": "How many of them count towards a tier."})


class EarnsSchema(Schema):
    """What it earns at its pickup, by each rule of that version of the programme; exactly these stars are posted."""

    programme_version = plain.Integer(required=True)
    stars = plain.Integer(required=True)
    rules = plain.List(plain.Nested(EarnedByRuleSchema), required=True)


class PostedByRuleSchema(Schema):
    rule = plain.String(required=True)
    label = plain.String(required=True)
    shown = plain.Integer(required=True)
    posted = plain.Integer(required=True)
    reversed = plain.Integer(required=True)


class StarsPostedSchema(Schema):
    """What became of the stars, by each rule that showed or gave some: how many its quote showed, how many were posted
    (at the pickup, or for a claim later), and how many of those were taken back since."""

    shown = plain.Integer(required=True)
    posted = plain.Integer(required=True)
    reversed = plain.Integer(
        required=True, metadata={"description": "Of those posted: for what was given back, or not paid after all."}
    )
    differs = plain.Boolean(required=True, metadata={"description": "A rule posted other than was shown."})
    rules = plain.List(plain.Nested(PostedByRuleSchema), required=True)


class OpenOrderEarnsSchema(EarnsSchema):
    """An order of yours that isn't picked up yet, with the stars that its quote showed; what is taken out of it or
    refunded before earns none."""

    order_id = fields.Id(required=True)
