"""What is sent to orders."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from ...http import Schema, fields
from ...preferences.rules.choices import REMEDIES
from ...preferences.schemas.baskets import (
    BasketLineSchema,
    FireChoiceSchema,
    IfUnavailableSchema,
    PickupWaySchema,
)
from ..rules.states import WAITING, State
from ..rules.tenders import KINDS, MOST_TENDERS, MOST_TIP_MINOR


class QuotedLineSchema(BasketLineSchema):
    """One line of a basket that is quoted. What it overrides holds for this order alone, so no basket that is kept for
    later has a place for it."""

    override_avoid = fields.List(
        fields.Text(120),
        50,
        load_default=list,
        metadata={
            "description": "What of your avoid-list this line may hold in this order: an allergen, an option as "
            "`group/option`, or an item's id. It is shown to those who make it."
        },
    )


class PickupChoiceSchema(PickupWaySchema):
    """How and when to pick up. Without `at`: as soon as possible; without `method`: the store's own; without
    `if_not_collected`: it is held until the store closes; without `alias` it goes by its code alone."""

    at = fields.Instant(load_default=None)


class RewardChoiceSchema(Schema):
    """A reward to use: one that you redeemed, or one that placing redeems, from the lots that you name or those that
    expire first."""

    redemption_id = fields.Id(load_default=None)
    reward = fields.Text(40, load_default=None)
    lots = fields.List(fields.Id(), 100, 1, load_default=None)

    @ma.validates_schema
    def _one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if (data["redemption_id"] is None) == (data["reward"] is None):
            raise ma.ValidationError("Name `redemption_id` or `reward`, one of both.", "redemption_id")
        if data["redemption_id"] is not None and data["lots"] is not None:
            raise ma.ValidationError("What was redeemed is paid for already.", "lots")


MOST_REWARDS = 5


class AskedTenderSchema(Schema):
    """Who pays: your wallet, a card of yours (by its payment method), or you at pickup."""

    kind = fields.Choice(list(KINDS), required=True)
    method_id = fields.Id(load_default=None, metadata={"description": "Only for a card."})
    most_minor = fields.Integer(
        1, fields.MAX_MINOR, load_default=None, metadata={"description": "No more than this, where you say so."}
    )


class AskedTipSchema(Schema):
    """An amount in the order's currency, or a percentage of the lines: one of both."""

    amount_minor = fields.Integer(0, MOST_TIP_MINOR, load_default=None)
    percent = fields.Integer(0, 100, load_default=None)

    @ma.validates_schema
    def _one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if (data["amount_minor"] is None) == (data["percent"] is None):
            raise ma.ValidationError("Give `amount_minor` or `percent`, one of both.", "percent")


class MakeQuoteSchema(Schema):
    """A basket at a store."""

    store_id = fields.Id(required=True)
    lines = fields.List(fields.Nested(QuotedLineSchema), 50, 1, required=True)
    pickup = fields.Nested(PickupChoiceSchema, load_default=lambda: {"method": None, "at": None})
    if_unavailable = fields.Nested(
        IfUnavailableSchema, load_default=None, metadata={"description": "For every line without one of its own."}
    )
    fire = fields.Nested(FireChoiceSchema, load_default=None)
    remedy = fields.Choice(
        list(REMEDIES), load_default=None, metadata={"description": "What a missed promise gives; else our own rule."}
    )
    rewards = fields.List(
        fields.Nested(RewardChoiceSchema),
        MOST_REWARDS,
        load_default=list,
        metadata={"description": "Each named once; at most one that is still to be redeemed."},
    )
    tenders = fields.List(
        fields.Nested(AskedTenderSchema),
        MOST_TENDERS,
        1,
        load_default=None,
        metadata={"description": "In your order: each pays what it can, the last all that is left. Else: at pickup."},
    )
    tip = fields.Nested(AskedTipSchema, load_default=None)
    replaces_order_id = fields.Id(
        load_default=None, metadata={"description": "An own order that this quote is to change, and nothing else."}
    )

    @ma.validates("rewards")
    def _each_once(self, value: list[dict[str, Any]], **_: Any) -> None:
        named = [each.get("redemption_id") for each in value]
        if len(set(named)) < len(named):
            raise ma.ValidationError("Name each redemption once, and at most one reward that isn't redeemed yet.")


class QuoteAgainSchema(Schema):
    """Where and when; without `store_id` where it was, without `at` as soon as possible."""

    store_id = fields.Id(load_default=None)
    at = fields.Instant(load_default=None)


_YES = "Your yes to a quote that says `needs_yes`: it costs more than your own price ceiling."


class PlaceOrderSchema(Schema):
    """Place a quote. `client_order_id` is made by the app and names the order even if the answer is lost."""

    quote_id = fields.Id(required=True)
    client_order_id = fields.Text(64, 8, required=True)
    yes_above_ceiling = fields.Flag(load_default=False, metadata={"description": _YES})

    @ma.validates("client_order_id")
    def _one_part_of_a_path(self, value: str, **_: Any) -> None:
        if "/" in value:
            raise ma.ValidationError("A slash can't be used: the order is found again by this id in a path.")


class ChangeOrderSchema(Schema):
    """Take another quote for the order."""

    quote_id = fields.Id(required=True)
    yes_above_ceiling = fields.Flag(load_default=False, metadata={"description": _YES})


class ArriveSchema(Schema):
    """A tap, never a place: on my way and there in so many minutes, or here."""

    kind = fields.Choice(["on_my_way", "here"], required=True)
    minutes = fields.Integer(1, 120, load_default=None)


class CancelOrderSchema(Schema):
    """Why, if the customer wants to say."""

    reason = fields.Text(200, load_default=None)


class MoveOrderSchema(Schema):
    """Where the order goes."""

    to = fields.Choice([state.value for state in State if state not in WAITING], required=True)
    reason = fields.Text(200, load_default=None)


class RefundLineSchema(Schema):
    """Units of one line."""

    position = fields.Integer(1, 50, required=True)
    quantity = fields.Integer(1, 50, required=True)


class RefundOrderSchema(Schema):
    """Give back units of lines, or an amount in the order's currency; a part of the tip beside that, or alone. A line
    that rewards made free gives their stars back."""

    reason = fields.Text(200, required=True)
    lines = fields.List(fields.Nested(RefundLineSchema), 50, 1, load_default=None)
    amount_minor = fields.Integer(1, fields.MAX_MINOR, load_default=None)
    tip_minor = fields.Integer(1, MOST_TIP_MINOR, load_default=None)

    @ma.validates_schema
    def _something(self, data: dict[str, Any], **_: Any) -> None:
        named = [name for name in ("lines", "amount_minor") if data[name] is not None]
        if len(named) > 1 or not (named or data["tip_minor"]):
            raise ma.ValidationError("Give `lines` or `amount_minor`, one of both, or `tip_minor`.", "lines")


class PickupTimesQuery(Schema):
    """Which pickup times to show."""

    from_at = fields.Instant(data_key="from", load_default=None)
    hours = fields.Integer(1, 24, load_default=4)
    quote_id = fields.Id(load_default=None, metadata={"description": "An own quote: only windows that fit it."})


class RejectLinesSchema(Schema):
    """Lines, by position, that can't be made, and why."""

    lines = fields.List(fields.Integer(1, 50), 50, 1, required=True)
    reason = fields.Text(200, required=True)


class AnswerAskSchema(Schema):
    """One of the question's answers."""

    answer = fields.Text(40, required=True)
