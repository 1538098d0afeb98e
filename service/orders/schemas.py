"""The wire of orders."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields as plain

from ..http import PageQuery, Schema, fields
from .rules.firing import OUTCOMES, REMEDIES, TRIGGERS
from .rules.states import WAITING, State

# ---- in


class ModifierChoiceSchema(Schema):
    """A chosen option; `quantity` 0 says "none of it"."""

    option_id = fields.Id(required=True)
    quantity = fields.Integer(0, 20, load_default=1)
    text = fields.Text(140, load_default=None)
    modifiers = fields.List(fields.Nested(lambda: ModifierChoiceSchema()), 40, load_default=list)


class BasketLineSchema(Schema):
    """One line of a basket. What is left out is filled by the menu's defaults, and says so in the answer."""

    item_id = fields.Id(required=True)
    size_id = fields.Id(load_default=None)
    quantity = fields.Integer(1, 50, load_default=1)
    modifiers = fields.List(fields.Nested(ModifierChoiceSchema), 40, load_default=list)
    note = fields.Text(140, load_default=None)


class PickupChoiceSchema(Schema):
    """How and when to pick up. Without `at`: as soon as possible; without `method`: the store's own."""

    method = fields.Text(20, load_default=None)
    at = fields.Instant(load_default=None)


class FireChoiceSchema(Schema):
    """When the store starts: as soon as it can, for the window in `pickup.at`, or once the customer taps."""

    trigger = fields.Choice(TRIGGERS, required=True)
    minutes = fields.Integer(
        1, 120, load_default=None, metadata={"description": "How long the way takes, for `on_my_way`."}
    )
    if_latest = fields.Choice(
        OUTCOMES, load_default=None, metadata={"description": "Where nobody taps in time; needed for the last two."}
    )


class MakeQuoteSchema(Schema):
    """A basket at a store."""

    store_id = fields.Id(required=True)
    lines = fields.List(fields.Nested(BasketLineSchema), 50, 1, required=True)
    pickup = fields.Nested(PickupChoiceSchema, load_default=lambda: {"method": None, "at": None})
    fire = fields.Nested(FireChoiceSchema, load_default=None)
    remedy = fields.Choice(
        REMEDIES, load_default=None, metadata={"description": "What a missed promise gives; else the store's own."}
    )
    replaces_order_id = fields.Id(
        load_default=None, metadata={"description": "An own order that this quote is to change."}
    )


class PlaceOrderSchema(Schema):
    """Place a quote. `client_order_id` is made by the app and names the order even if the answer is lost."""

    quote_id = fields.Id(required=True)
    client_order_id = fields.Text(64, 8, required=True)

    @ma.validates("client_order_id")
    def _one_part_of_a_path(self, value: str, **_: Any) -> None:
        if "/" in value:
            raise ma.ValidationError("A slash can't be used: the order is found again by this id in a path.")


class ChangeOrderSchema(Schema):
    """Take another quote for the order."""

    quote_id = fields.Id(required=True)


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
    """Give back units of lines, or an amount in the order's currency: one of both."""

    reason = fields.Text(200, required=True)
    lines = fields.List(fields.Nested(RefundLineSchema), 50, 1, load_default=None)
    amount_minor = fields.Integer(1, fields.MAX_MINOR, load_default=None)

    @ma.validates_schema
    def _one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if (data["lines"] is None) == (data["amount_minor"] is None):
            raise ma.ValidationError("Give `lines` or `amount_minor`, one of both.", "lines")


class PickupTimesQuery(Schema):
    """Which pickup times to show."""

    from_at = fields.Instant(data_key="from", load_default=None)
    hours = fields.Integer(1, 24, load_default=4)
    quote_id = fields.Id(load_default=None, metadata={"description": "An own quote: only windows that fit it."})


class ChangesQuery(PageQuery):
    """What changed since a cursor that this list gave; without one, from the beginning."""

    cursor = fields.Text(512, load_default=None, data_key="since")


# ---- out


class SourceSchema(Schema):
    """Who filled the value: the menu, the store, or the customer."""

    kind = fields.Choice(["item_default", "store_default", "customer_choice"], required=True)


class NamedSchema(Schema):
    id = fields.Id(required=True)
    name = plain.String(required=True)


class ItemNameSchema(NamedSchema):
    sku = plain.String(required=True)


class ChosenSizeSchema(NamedSchema):
    source = plain.Nested(SourceSchema, required=True)


class LineTaxSchema(fields.MoneySchema):
    rate_bps = plain.Integer(required=True, metadata={"description": "Basis points: 825 is 8.25 %."})


class LineModifierSchema(Schema):
    group = plain.Nested(NamedSchema, required=True)
    option = plain.Nested(NamedSchema, required=True)
    quantity = plain.Integer(required=True)
    text = plain.String(required=True, allow_none=True)
    source = plain.Nested(SourceSchema, required=True)
    price = fields.Money(required=True, metadata={"description": "Of this option alone, for one of the line."})
    modifiers = plain.List(plain.Nested(lambda: LineModifierSchema()), required=True)


class OrderLineSchema(Schema):
    position = plain.Integer(required=True)
    item = plain.Nested(ItemNameSchema, required=True)
    size = plain.Nested(ChosenSizeSchema, required=True)
    quantity = plain.Integer(required=True)
    note = plain.String(required=True, allow_none=True)
    modifiers = plain.List(plain.Nested(LineModifierSchema), required=True)
    base_price = fields.Money(required=True)
    unit_price = fields.Money(required=True)
    total = fields.Money(required=True)
    tax = plain.Nested(LineTaxSchema, required=True)
    contains = plain.List(plain.String(), required=True, metadata={"description": "Allergens in it."})
    may_contain = plain.List(plain.String(), required=True)
    nutrition = plain.Dict(plain.String(), plain.Float(), required=True, metadata={"description": "For one."})


class TotalsSchema(Schema):
    subtotal = fields.Money(required=True)
    tax = fields.Money(required=True)
    tax_inclusive = plain.Boolean(required=True, metadata={"description": "Whether prices contain the tax."})
    total = fields.Money(required=True, metadata={"description": "What the customer pays."})


class StoreNameSchema(NamedSchema):
    timezone = plain.String(required=True)


class ChosenPickupSchema(Schema):
    method = plain.String(required=True)
    source = plain.Nested(SourceSchema, required=True)


class WindowSchema(Schema):
    window_starts_at = fields.Instant(required=True)
    window_ends_at = fields.Instant(required=True)


_AHEAD = "Seconds of work that the makers have before yours, at your slowest station."


class QuotePromiseSchema(Schema):
    """The window; for an order that waits for a tap there is none before it, and `if_tapped_now` is no promise."""

    window_starts_at = fields.Instant(required=True, allow_none=True)
    window_ends_at = fields.Instant(required=True, allow_none=True)
    if_tapped_now = plain.Nested(WindowSchema, required=True, allow_none=True)


class FireSchema(Schema):
    """When the store starts. `latest_at`: until when an order waits for the tap, then comes `if_latest`."""

    trigger = fields.Choice(TRIGGERS, required=True)
    minutes = plain.Integer(required=True, allow_none=True)
    latest_at = fields.Instant(required=True, allow_none=True)
    if_latest = fields.Choice(OUTCOMES, required=True, allow_none=True)
    source = plain.Nested(SourceSchema, required=True)


class RemedySchema(Schema):
    """What a missed promise gives."""

    kind = fields.Choice(REMEDIES, required=True)
    source = plain.Nested(SourceSchema, required=True)


class QuoteSchema(Schema):
    """A basket resolved, priced and promised; place it before it expires and exactly this is posted."""

    id = fields.Id(required=True)
    store = plain.Nested(StoreNameSchema, required=True)
    currency = plain.String(required=True)
    pickup = plain.Nested(ChosenPickupSchema, required=True)
    scheduled = plain.Boolean(required=True)
    lines = plain.List(plain.Nested(OrderLineSchema), required=True)
    totals = plain.Nested(TotalsSchema, required=True)
    promise = plain.Nested(QuotePromiseSchema, required=True)
    fire = plain.Nested(FireSchema, required=True)
    remedy = plain.Nested(RemedySchema, required=True)
    make_seconds_ahead = plain.Integer(required=True, metadata={"description": _AHEAD})
    hash = plain.String(required=True)
    expires_at = fields.Instant(required=True)


class TenderSchema(Schema):
    kind = fields.Choice(["pay_at_pickup"], required=True)
    paid = fields.Money(required=True)
    refunded = fields.Money(required=True)


class RevisionSchema(WindowSchema):
    number = plain.Integer(required=True)


class OrderPromiseSchema(Schema):
    """What is promised; a held order has no window before its tap, and its `fire_at` is until when it waits."""

    window_starts_at = fields.Instant(required=True, allow_none=True)
    window_ends_at = fields.Instant(required=True, allow_none=True)
    first_window_starts_at = fields.Instant(
        required=True, allow_none=True, metadata={"description": "As first promised."}
    )
    fire_at = fields.Instant(required=True, metadata={"description": "When the store starts: until then it's yours."})
    station_starts = plain.Dict(plain.String(), fields.Instant(), required=True)
    make_seconds_ahead = plain.Integer(required=True, metadata={"description": _AHEAD})
    outcome = fields.Choice(["kept", "missed"], required=True, allow_none=True)
    revision = plain.Nested(
        RevisionSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The store can't keep the window and proposes this one: accept it, or cancel."},
    )


class ArrivalSchema(Schema):
    expected_at = fields.Instant(required=True, allow_none=True)
    arrived_at = fields.Instant(required=True, allow_none=True)


class OrderSchema(Schema):
    """An order, and what the caller may do with it now."""

    id = fields.Id(required=True)
    code = plain.String(required=True, metadata={"description": "What is called out at the counter."})
    client_order_id = plain.String(required=True)
    state = fields.Choice([state.value for state in State], required=True)
    version = plain.Integer(required=True)
    store = plain.Nested(StoreNameSchema, required=True)
    currency = plain.String(required=True)
    pickup = plain.Nested(ChosenPickupSchema, required=True)
    lines = plain.List(plain.Nested(OrderLineSchema), required=True)
    totals = plain.Nested(TotalsSchema, required=True)
    tender = plain.Nested(TenderSchema, required=True)
    promise = plain.Nested(OrderPromiseSchema, required=True)
    fire = plain.Nested(FireSchema, required=True)
    remedy = plain.Nested(RemedySchema, required=True)
    arrival = plain.Nested(ArrivalSchema, required=True)
    placed_at = fields.Instant(required=True)
    fired_at = fields.Instant(required=True, allow_none=True)
    ready_at = fields.Instant(required=True, allow_none=True)
    ended_at = fields.Instant(required=True, allow_none=True)
    end_reason = plain.String(required=True, allow_none=True)
    next_actions = plain.List(plain.String(), required=True)


class ChangedOrderSchema(OrderSchema):
    updated_at = fields.Instant(required=True)


class PromiseEntrySchema(WindowSchema):
    number = plain.Integer(required=True)
    kind = fields.Choice(["first", "changed", "proposed", "accepted", "kept", "missed"], required=True)
    accepts = plain.Integer(required=True, allow_none=True, metadata={"description": "The proposal's number."})
    remedy = fields.Choice(REMEDIES, required=True, allow_none=True)
    happened_at = fields.Instant(required=True)


class PromiseLedgerSchema(Schema):
    """All that was promised for an order, and what became of it, in its order."""

    data = plain.List(plain.Nested(PromiseEntrySchema), required=True)


class PickupTimesSchema(Schema):
    """The windows that can be promised; full ones are left out."""

    store_id = fields.Id(required=True)
    timezone = plain.String(required=True)
    data = plain.List(plain.Nested(WindowSchema), required=True)


class RefundedLineSchema(Schema):
    position = plain.Integer(required=True)
    quantity = plain.Integer(required=True)
    amount = fields.Money(required=True)
    tax = fields.Money(required=True)


class RefundSchema(Schema):
    """Money given back; `tax` is contained in `amount`."""

    id = fields.Id(required=True)
    amount = fields.Money(required=True)
    tax = fields.Money(required=True)
    reason = plain.String(required=True)
    lines = plain.List(plain.Nested(RefundedLineSchema), required=True)
    created_at = fields.Instant(required=True)


class StepSchema(Schema):
    state = plain.String(required=True)
    at = fields.Instant(required=True)
    by = fields.Choice(["customer", "staff", "system"], required=True)


class ReceiptSchema(Schema):
    """What was sold, taxed, paid and given back."""

    order = plain.Nested(OrderSchema, required=True)
    steps = plain.List(plain.Nested(StepSchema), required=True)
    refunds = plain.List(plain.Nested(RefundSchema), required=True)
