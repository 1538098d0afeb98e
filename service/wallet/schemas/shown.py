"""What is shown of a wallet."""

from __future__ import annotations

from ...http import Schema, fields
from ..queries.statements import MOST_IN_A_MONTH
from ..rules.cash_outs import CHANNELS
from ..rules.cash_outs import STATES as CASH_OUT_STATES
from ..rules.ledger import MOVEMENTS
from ..rules.transfers import STATES as TRANSFER_STATES

_MOST = 1_000


class WalletBalanceSchema(Schema):
    """What is in a wallet, in one currency."""

    currency = fields.Text(3, required=True)
    balance = fields.Money(required=True)
    held = fields.Money(required=True, metadata={"description": "Promised to orders that are not paid yet."})
    available = fields.Money(required=True, metadata={"description": "The balance less what is held."})


class WalletSchema(Schema):
    """What you have; an entry for each currency that you ever had something in."""

    balances = fields.List(fields.Nested(WalletBalanceSchema), _MOST, required=True)


class WalletEntrySchema(Schema):
    """One movement of a wallet, and what was in it after."""

    number = fields.Integer(1, 2**53, required=True, metadata={"description": "Counts the entries, without a gap."})
    reason = fields.Choice(MOVEMENTS, required=True)
    purpose = fields.Text(
        40,
        required=True,
        metadata={
            "description": "What kind of thing it was for: load, transfer, gift_card, cash_out, cash_out_part; of an "
            "order a tender (order), what made it good (remedy), a part of a refund (order_refund, payment_refund) or "
            "a dispute (payment_dispute): see order_id."
        },
    )
    purpose_id = fields.Id(required=True, metadata={"description": "Which one of them."})
    order_id = fields.Id(
        required=True,
        allow_none=True,
        metadata={"description": "The order that it was for. None where it was for none, or that is forgotten."},
    )
    amount = fields.Money(required=True, metadata={"description": "Below zero where it left the wallet."})
    balance = fields.Money(required=True)
    happened_at = fields.Instant(required=True)


class WalletTotalSchema(Schema):
    """What all entries with one reason add up to."""

    reason = fields.Choice(MOVEMENTS, required=True)
    amount = fields.Money(required=True)


class WalletStatementSchema(Schema):
    """A month of a wallet: what was in it, every entry, what is in it. `opening` and all entries make `closing`."""

    month = fields.Text(7, required=True)
    timezone = fields.Text(60, required=True, metadata={"description": "In which the month begins and ends."})
    begins_at = fields.Instant(required=True)
    ends_at = fields.Instant(required=True)
    opening = fields.Money(required=True)
    closing = fields.Money(required=True)
    totals = fields.List(fields.Nested(WalletTotalSchema), len(MOVEMENTS), required=True)
    entries = fields.List(fields.Nested(WalletEntrySchema), MOST_IN_A_MONTH, required=True)
    goes_on_after = fields.Integer(
        1,
        2**53,
        required=True,
        allow_none=True,
        metadata={"description": "Where a month has more entries than fit: the last number here, for entries.csv."},
    )


class WalletLoadSchema(Schema):
    """Money that a payment method brings."""

    id = fields.Id(required=True)
    amount = fields.Money(required=True)
    by = fields.Choice(["customer", "auto_reload"], required=True, metadata={"description": "Who asked for it."})
    payment_method_id = fields.Id(required=True)
    payment_id = fields.Id(required=True, metadata={"description": "What the payment method is asked for."})
    state = fields.Choice(["pending", "settled", "failed"], required=True)
    reason = fields.Text(200, required=True, allow_none=True, metadata={"description": "Why it failed."})
    created_at = fields.Instant(required=True)
    ended_at = fields.Instant(required=True, allow_none=True)


class AutoReloadSchema(Schema):
    """What you said about loading by itself."""

    is_on = fields.Boolean(required=True)
    threshold = fields.Money(required=True, allow_none=True)
    amount = fields.Money(required=True, allow_none=True)
    weekly_cap = fields.Money(required=True, allow_none=True)
    payment_method_id = fields.Id(required=True, allow_none=True)
    version = fields.Integer(0, 2**31 - 1, required=True)


class WalletPersonSchema(Schema):
    """Somebody, as they call themselves."""

    name = fields.Text(100, required=True, allow_none=True)


class TransferSchema(Schema):
    """Money from one customer to another. Who received it is told once they accepted."""

    id = fields.Id(required=True)
    role = fields.Choice(["sender", "receiver"], required=True, metadata={"description": "Which of both you are."})
    state = fields.Choice(TRANSFER_STATES, required=True)
    sender = fields.Nested(WalletPersonSchema, required=True)
    receiver = fields.Nested(WalletPersonSchema, required=True, allow_none=True)
    sent_to = fields.Text(254, required=True, allow_none=True, metadata={"description": "Only its sender sees it."})
    amount = fields.Money(required=True)
    message = fields.Text(140, required=True, allow_none=True)
    created_at = fields.Instant(required=True)
    expires_at = fields.Instant(required=True, metadata={"description": "Then it returns to its sender."})
    ended_at = fields.Instant(required=True, allow_none=True)
    next_actions = fields.List(fields.Choice(["accept", "refuse", "withdraw"]), 3, required=True)
    version = fields.Integer(1, 2**31 - 1, required=True)


class BoughtGiftCardSchema(Schema):
    """A gift card that you bought."""

    id = fields.Id(required=True)
    amount = fields.Money(required=True)
    label = fields.Text(60, required=True, allow_none=True)
    bought_at = fields.Instant(required=True)
    claimed_at = fields.Instant(required=True, allow_none=True)


class NewGiftCardSchema(BoughtGiftCardSchema):
    """A gift card with its code, which is shown once and kept nowhere."""

    code = fields.Text(40, required=True)


class FoundGiftCardSchema(Schema):
    """What is on a gift card."""

    amount = fields.Money(required=True)
    is_claimed = fields.Boolean(required=True, metadata={"description": "Then there is nothing on it any more."})


class ClaimedGiftCardSchema(Schema):
    """A gift card that you claimed: what was on it is in your wallet."""

    id = fields.Id(required=True)
    amount = fields.Money(required=True)
    claimed_at = fields.Instant(required=True)


class CashOutPartSchema(Schema):
    """What goes back to one payment method."""

    id = fields.Id(required=True)
    payment_method_id = fields.Id(required=True)
    payment_id = fields.Id(required=True, metadata={"description": "The payment that it is given back of."})
    amount = fields.Money(required=True)
    state = fields.Choice(["pending", "paid", "returned"], required=True)


class WalletCashOutSchema(Schema):
    """Money that leaves your wallet for good."""

    id = fields.Id(required=True)
    amount = fields.Money(required=True)
    channel = fields.Choice(CHANNELS, required=True)
    state = fields.Choice(CASH_OUT_STATES, required=True)
    code = fields.Text(
        20,
        required=True,
        allow_none=True,
        metadata={"description": "To be shown at the till of any store that sells in this currency."},
    )
    store_id = fields.Id(required=True, allow_none=True, metadata={"description": "Whose till paid it."})
    parts = fields.List(fields.Nested(CashOutPartSchema), _MOST, required=True)
    created_at = fields.Instant(required=True)
    ended_at = fields.Instant(required=True, allow_none=True)
    next_actions = fields.List(fields.Choice(["withdraw"]), 1, required=True)


class PaidOutSchema(Schema):
    """A cash-out that your till paid."""

    id = fields.Id(required=True)
    amount = fields.Money(required=True)
    paid_at = fields.Instant(required=True)
