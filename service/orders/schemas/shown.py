"""What orders answer."""

from __future__ import annotations

from marshmallow import fields as plain

from ...http import Schema, fields
from ...loyalty.schemas import EarnsSchema, StarsPostedSchema
from ...preferences.rules.choices import IF_LATEST, IF_NOT_COLLECTED, REMEDIES, TRIGGERS, WITHOUT_ANSWER
from ..rules.states import State
from ..rules.tenders import KINDS, SPLIT, STATES
from .guarded import WarningSchema, WatchedCeilingSchema
from .lines import OrderLineSchema
from .policies import NamedSchema


class TotalsSchema(Schema):
    subtotal = fields.Money(required=True)
    tax = fields.Money(required=True)
    tax_inclusive = plain.Boolean(required=True, metadata={"description": "Whether prices contain the tax."})
    total = fields.Money(required=True, metadata={"description": "What the customer pays."})


class StoreNameSchema(NamedSchema):
    timezone = plain.String(required=True)


class ChosenIfNotCollectedSchema(Schema):
    """What happens to an order that stands ready for 30 minutes."""

    do = fields.Choice(list(IF_NOT_COLLECTED), required=True)
    source = fields.Source(required=True)


class AliasSchema(Schema):
    """The name to call out that the customer chose for this order."""

    name = plain.String(required=True)
    source = fields.Source(required=True)


class ChosenPickupSchema(Schema):
    method = plain.String(required=True)
    source = fields.Source(required=True)
    alias = plain.Nested(AliasSchema, required=True, allow_none=True)
    if_not_collected = plain.Nested(ChosenIfNotCollectedSchema, required=True)


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

    trigger = fields.Choice(list(TRIGGERS), required=True)
    minutes = plain.Integer(required=True, allow_none=True)
    latest_at = fields.Instant(required=True, allow_none=True)
    if_latest = fields.Choice(IF_LATEST, required=True, allow_none=True)
    source = fields.Source(required=True)


class RemedyAmountSchema(Schema):
    late_minutes = plain.Integer(
        required=True, metadata={"description": "Ready so many minutes after the window's end, or later."}
    )
    amount = fields.Money(required=True)


class RemedySchema(Schema):
    """What a missed promise gives; of stars, how many; of money, how much."""

    kind = fields.Choice(list(REMEDIES), required=True)
    stars = plain.Integer(metadata={"description": "0: you are in no programme that gives any for it."})
    money = plain.List(
        plain.Nested(RemedyAmountSchema),
        metadata={"description": "The shortest wait first; empty: the store gives none, or you have no wallet."},
    )
    given = fields.Money(metadata={"description": "What is in your wallet for it, once it was late."})
    source = fields.Source(required=True)


class ChosenPriceCeilingSchema(Schema):
    """The most that you said an order may cost. With `needs_yes` it costs more: placing it takes your yes."""

    most = fields.Money(required=True)
    source = fields.Source(required=True)
    needs_yes = plain.Boolean(required=True)


class DiscountedLineSchema(Schema):
    position = plain.Integer(required=True)
    discount = fields.Money(required=True)


class PayingLotSchema(Schema):
    lot_id = fields.Id(required=True)
    stars = plain.Integer(required=True)


class UsedRewardSchema(Schema):
    """A reward in it, what it takes off which lines; without a `redemption_id` placing redeems it, from these lots."""

    redemption_id = fields.Id(required=True, allow_none=True)
    reward = plain.String(required=True)
    label = plain.String(required=True)
    stars = plain.Integer(required=True)
    discount = fields.Money(required=True)
    lines = plain.List(plain.Nested(DiscountedLineSchema), required=True)
    lots = plain.List(plain.Nested(PayingLotSchema), required=True)


_REWARDS = "Where it has any, as it was placed; they come back where it ends otherwise, or all of their lines do."
_STARS = "Only where you are in the loyalty programme."


class TipSchema(fields.MoneySchema):
    """For the store's people; apart from the total, and no tax is due for it."""

    percent = plain.Integer(required=True, allow_none=True)
    source = fields.Source(required=True)


class QuotedTenderSchema(Schema):
    """What one tender pays of the total and of the tip."""

    kind = fields.Choice(list(KINDS), required=True)
    method_id = fields.Id(required=True, allow_none=True)
    amount = fields.Money(required=True)
    tip = fields.Money(required=True)
    source = fields.Source(required=True)


class OrderTenderSchema(QuotedTenderSchema):
    """A tender of an order; `held` is still yours until the store starts."""

    number = plain.Integer(required=True)
    payment_id = fields.Id(required=True, allow_none=True)
    state = fields.Choice(list(STATES), required=True)
    refunded = fields.Money(required=True)


_TENDERS = "Only where you named some, or a tip; else it is paid at pickup."


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
    warnings = plain.List(
        plain.Nested(WarningSchema), metadata={"description": "Only where you stated diets or ceilings."}
    )
    ceilings = plain.List(plain.Nested(WatchedCeilingSchema), metadata={"description": "Only where you stated some."})
    price_ceiling = plain.Nested(ChosenPriceCeilingSchema, metadata={"description": "Where you named one."})
    tip = plain.Nested(TipSchema, allow_none=True)
    tenders = plain.List(plain.Nested(QuotedTenderSchema), metadata={"description": _TENDERS})
    to_pay = fields.Money(metadata={"description": "The total and the tip."})
    make_seconds_ahead = plain.Integer(required=True, metadata={"description": _AHEAD})
    stars = plain.Nested(EarnsSchema, metadata={"description": _STARS})
    rewards = plain.List(plain.Nested(UsedRewardSchema), metadata={"description": _REWARDS})
    hash = plain.String(required=True)
    expires_at = fields.Instant(required=True)


class TenderSchema(Schema):
    kind = fields.Choice([*KINDS, SPLIT], required=True)
    paid = fields.Money(required=True)
    refunded = fields.Money(required=True)
    due = fields.Money(
        required=True, metadata={"description": "Still to be paid at pickup, with the tip that is paid there."}
    )


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


class AskOptionSchema(Schema):
    """One answer: the line that would take the place (None: none), and by how much the order's price changes."""

    answer = plain.String(required=True)
    rank = plain.Integer(required=True, allow_none=True, metadata={"description": "In your list of alternatives."})
    line = plain.Nested(OrderLineSchema, required=True, allow_none=True)
    price_change = fields.Money(required=True)
    warnings = plain.List(
        plain.Nested(WarningSchema),
        metadata={"description": "What the order would hold beside your ceilings; to its customer alone."},
    )


class AskSchema(Schema):
    """An open question about a line that can't be made; without an answer in time, `without_answer` holds. `source`
    says who said so, and (`answer_minutes`) how long it waits."""

    number = plain.Integer(required=True)
    position = plain.Integer(required=True)
    question = plain.String(required=True)
    reason = plain.String(required=True)
    options = plain.List(plain.Nested(AskOptionSchema), required=True)
    answer_minutes = plain.Integer(required=True, allow_none=True)
    without_answer = fields.Choice(WITHOUT_ANSWER, required=True)
    source = fields.Source(required=True)
    asked_at = fields.Instant(required=True)
    deadline_at = fields.Instant(required=True)


class PendingChangeSchema(Schema):
    """What the order is changed to once the banks of these payments' cards have reserved it; where one doesn't, it
    stays as it is."""

    quote_id = fields.Id(required=True)
    payment_ids = plain.List(fields.Id(), required=True)
    asked_at = fields.Instant(required=True)


class DroppedChangeSchema(Schema):
    """The change that was asked for last and didn't come about; the order stands as it was."""

    quote_id = fields.Id(required=True)
    dropped_at = fields.Instant(required=True)
    reason = plain.String(required=True, metadata={"description": "As the last part of a problem's `type`."})
    detail = plain.String(required=True)
    bank_reason = plain.String(required=True, allow_none=True, metadata={"description": "Only you are told."})


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
    tip = plain.Nested(TipSchema, allow_none=True)
    tenders = plain.List(plain.Nested(OrderTenderSchema), metadata={"description": _TENDERS})
    payment_pending = plain.Boolean(metadata={"description": "A bank hasn't said yet whether it pays."})
    pending_change = plain.Nested(PendingChangeSchema)
    dropped_change = plain.Nested(DroppedChangeSchema)
    promise = plain.Nested(OrderPromiseSchema, required=True)
    fire = plain.Nested(FireSchema, required=True)
    remedy = plain.Nested(RemedySchema, required=True)
    arrival = plain.Nested(ArrivalSchema, required=True)
    placed_at = fields.Instant(required=True)
    fired_at = fields.Instant(required=True, allow_none=True)
    ready_at = fields.Instant(required=True, allow_none=True)
    ended_at = fields.Instant(required=True, allow_none=True)
    end_reason = plain.String(required=True, allow_none=True)
    asks = plain.List(plain.Nested(AskSchema), required=True)
    placed_under_grant = fields.Id(
        required=True, allow_none=True, metadata={"description": "Somebody placed it for its customer, under this."}
    )
    next_actions = plain.List(plain.String(), required=True)
    stars = plain.Nested(EarnsSchema, metadata={"description": _STARS})
    stars_posted = plain.Nested(StarsPostedSchema, metadata={"description": "From the pickup on, to its customer."})
    rewards = plain.List(plain.Nested(UsedRewardSchema), metadata={"description": _REWARDS})


class ChangedOrderSchema(OrderSchema):
    updated_at = fields.Instant(required=True)


class ForgottenOrderSchema(Schema):
    """An order that you let be forgotten: drop your copy."""

    id = fields.Id(required=True)
    forgotten = fields.Flag(required=True)


class OrderChangesSchema(Schema):
    """Your orders as they are now, each at its last change; and those that were forgotten since."""

    data = plain.List(fields.AnyOf([ChangedOrderSchema(), ForgottenOrderSchema()]), required=True)
    next_cursor = plain.String(required=True, allow_none=True)


class PromiseEntrySchema(WindowSchema):
    number = plain.Integer(required=True)
    kind = fields.Choice(["first", "changed", "proposed", "accepted", "kept", "missed"], required=True)
    accepts = plain.Integer(required=True, allow_none=True, metadata={"description": "The proposal's number."})
    remedy = fields.Choice(list(REMEDIES), required=True, allow_none=True)
    given = fields.Money(required=True, allow_none=True, metadata={"description": "What the remedy gave in money."})
    happened_at = fields.Instant(required=True)


class PromiseLedgerSchema(Schema):
    """All that was promised for an order, and what became of it, in its order."""

    data = plain.List(plain.Nested(PromiseEntrySchema), required=True)


class PickupTimesSchema(Schema):
    """The windows that can be promised; full ones are left out."""

    store_id = fields.Id(required=True)
    timezone = plain.String(required=True)
    data = plain.List(plain.Nested(WindowSchema), required=True)
