"""The wire of standing orders."""

from __future__ import annotations

from marshmallow import fields as plain

from ...http import Schema, fields
from ...preferences.schemas.values import PriceCeilingSchema
from ..rules.recurrence import LONGEST_RULE
from ..rules.schedule import IF_UNMAKEABLE, OUTCOMES
from ..rules.tenders import KINDS, MOST_TENDERS
from .again import LineAgainSchema
from .asked import AskedTenderSchema, AskedTipSchema

_RECURRENCE = (
    "RFC 5545 without a time: FREQ is DAILY, WEEKLY or MONTHLY; INTERVAL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS, WKST, "
    "COUNT, UNTIL. Such as `FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR`."
)


_CEILING = "The most that a day may take without asking you, its tip in it."


class StandingPauseSchema(Schema):
    """Local dates, both paused: from today unless said; without `until_on` until further notice."""

    from_on = fields.Day(load_default=None)
    until_on = fields.Day(load_default=None)


class SayStandingOrderSchema(Schema):
    """A usual on days of your own, picked up at a time of the store's clock. Nothing above your price ceiling is placed
    without asking you."""

    usual_id = fields.Id(required=True)
    store_id = fields.Id(load_default=None, metadata={"description": "Else the usual's own."})
    recurrence = fields.Text(LONGEST_RULE, required=True, metadata={"description": _RECURRENCE})
    starts_on = fields.Day(load_default=None, metadata={"description": "A local date; today, unless said."})
    at = fields.ClockTime(5, required=True, metadata={"description": "When it is picked up: a window starts then."})
    price_ceiling = fields.Nested(PriceCeilingSchema, required=True, metadata={"description": _CEILING})
    if_unmakeable = fields.Choice(
        list(IF_UNMAKEABLE),
        required=True,
        metadata={"description": "On a day when it can't be made: ask, skip the day, or follow `if_unavailable`."},
    )
    pause = fields.Nested(StandingPauseSchema, load_default=None)
    tenders = fields.List(
        fields.Nested(AskedTenderSchema),
        MOST_TENDERS,
        1,
        load_default=None,
        metadata={"description": "Who pays, as in a quote; else as you say of every order; else you at pickup."},
    )
    tip = fields.Nested(
        AskedTipSchema, load_default=None, metadata={"description": "Else as you say of every order; else none."}
    )


class SkipDaySchema(Schema):
    """A local date."""

    on = fields.Day(required=True)


class UpcomingQuery(Schema):
    """How many days to show."""

    limit = fields.Integer(1, 60, load_default=14)


class PausedDaysSchema(Schema):
    from_on = plain.Date(required=True)
    until_on = plain.Date(required=True, allow_none=True)


class StandingTenderSchema(Schema):
    kind = fields.Choice(list(KINDS), required=True)
    method_id = fields.Id(required=True, allow_none=True)
    most_minor = plain.Integer(required=True, allow_none=True)


class StandingTipSchema(Schema):
    amount_minor = plain.Integer(required=True, allow_none=True)
    percent = plain.Integer(required=True, allow_none=True)


class StandingOrderNameSchema(Schema):
    id = fields.Id(required=True)
    usual_id = fields.Id(required=True)
    store_id = fields.Id(required=True, allow_none=True)
    recurrence = plain.String(required=True)
    starts_on = plain.Date(required=True)
    at = plain.String(required=True)
    price_ceiling = fields.Money(required=True)
    if_unmakeable = fields.Choice(list(IF_UNMAKEABLE), required=True)
    tenders = plain.List(
        plain.Nested(StandingTenderSchema),
        required=True,
        allow_none=True,
        metadata={"description": "Null: as you say of every order."},
    )
    tip = plain.Nested(
        StandingTipSchema, required=True, allow_none=True, metadata={"description": "Null: as you say of every order."}
    )
    pause = plain.Nested(PausedDaysSchema, required=True, allow_none=True)
    skips = plain.List(plain.Date(), required=True)
    next_on = plain.Date(required=True, allow_none=True, metadata={"description": "Null where no day is to come."})
    version = plain.Integer(required=True)
    created_at = fields.Instant(required=True)
    updated_at = fields.Instant(required=True)


class StandingOrdersSchema(Schema):
    """Your standing orders, the oldest first."""

    data = plain.List(plain.Nested(StandingOrderNameSchema), required=True)


class DoneDaySchema(Schema):
    """What became of a day. `asked`: nothing was placed; quote the usual for `pickup_at` and place it with your yes, or
    let it be. `failed`: it was placed, and its card didn't pay. `reason` is the refusal's own name, what the bank said,
    or `above-ceiling`, `no-tender` (a card is gone, or may pay too little), `too-late`, `by-policy`, `no-usual`."""

    on = plain.Date(required=True)
    outcome = fields.Choice(list(OUTCOMES), required=True)
    reason = plain.String(required=True, allow_none=True)
    order_id = fields.Id(required=True, allow_none=True)
    pickup_at = fields.Instant(required=True)
    total = fields.Money(
        required=True, allow_none=True, metadata={"description": "What it would have taken, its tip in it."}
    )
    lines = plain.List(plain.Nested(LineAgainSchema), required=True, allow_none=True)
    happened_at = fields.Instant(required=True)


class StandingOrderSchema(StandingOrderNameSchema):
    """A usual on days of your own, and what became of the last ten of them."""

    days = plain.List(plain.Nested(DoneDaySchema), required=True)


class ComingDaySchema(Schema):
    """A day to come; `left_out` says that it is skipped or paused."""

    on = plain.Date(required=True)
    pickup_at = fields.Instant(required=True)
    place_at = fields.Instant(required=True)
    left_out = fields.Choice(["skipped", "paused"], required=True, allow_none=True)


class UpcomingSchema(Schema):
    timezone = plain.String(required=True, allow_none=True)
    data = plain.List(plain.Nested(ComingDaySchema), required=True)
