"""What a customer, or a store's staff, asks of a wallet."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from babel.numbers import list_currencies

from ...accounts.schemas.people import Address
from ...http import PageQuery, Schema, fields
from ...money import Money
from ..rules.cash_outs import CHANNELS

_CURRENCIES = sorted(list_currencies())


class WalletAmountSchema(Schema):
    """An amount of money, more than nothing."""

    amount_minor = fields.Integer(1, fields.MAX_MINOR, required=True, metadata={"description": "In minor units."})
    currency = fields.Choice(_CURRENCIES, required=True, metadata={"description": "ISO 4217"})

    @ma.post_load
    def _as_money(self, data: dict[str, Any], **_: Any) -> Money:
        return Money(**data)


def _amount(**kwargs: Any) -> fields.Nested:
    return fields.Nested(WalletAmountSchema, required=True, **kwargs)


class WalletEntriesQuery(PageQuery):
    """Which entries to list: a wallet is of one currency."""

    currency = fields.Choice(_CURRENCIES, required=True, metadata={"description": "ISO 4217"})


class StatementQuery(Schema):
    """Which entries to export, oldest first."""

    currency = fields.Choice(_CURRENCIES, required=True, metadata={"description": "ISO 4217"})
    after = fields.Integer(
        0, 2**53, load_default=0, metadata={"description": "The number of the last entry that you have."}
    )


class MonthQuery(Schema):
    """Of which wallet to tell, and in which zone its month begins and ends."""

    currency = fields.Choice(_CURRENCIES, required=True, metadata={"description": "ISO 4217"})
    timezone = fields.Zone(load_default="UTC", metadata={"description": "An IANA name."})


class LoadWalletSchema(Schema):
    """How much a payment method of yours should bring."""

    amount = _amount()
    payment_method_id = fields.Id(required=True)


class AutoReloadSetSchema(Schema):
    """Load `amount` when paying leaves less than `threshold`, and no more than `weekly_cap` in any seven days."""

    threshold = _amount()
    amount = _amount()
    weekly_cap = _amount()
    payment_method_id = fields.Id(required=True)


class SendTransferSchema(Schema):
    """How much to send, and to the reader of which address."""

    email = Address(required=True)
    amount = _amount()
    message = fields.Text(
        140, load_default=None, allow_none=True, metadata={"description": "For the receiver; it is not in the mail."}
    )


class TransfersQuery(PageQuery):
    """Which transfers to list: those you sent, those sent to you, or (without `role`) all."""

    role = fields.Choice(["sender", "receiver"], load_default=None, allow_none=True)


class BuyGiftCardSchema(Schema):
    """How much to put on a gift card."""

    amount = _amount()
    label = fields.Text(
        60, load_default=None, allow_none=True, metadata={"description": "Whom it is for, say; only you see it."}
    )


class GiftCardCodeSchema(Schema):
    """A gift card's code, however it was written."""

    code = fields.Text(40, required=True)


class CashOutSchema(Schema):
    """How much to cash out, and where to. Without `amount_minor` all that is available: to exactly 0.00."""

    currency = fields.Choice(_CURRENCIES, required=True, metadata={"description": "ISO 4217"})
    amount_minor = fields.Integer(
        1, fields.MAX_MINOR, load_default=None, allow_none=True, metadata={"description": "In minor units."}
    )
    channel = fields.Choice(
        CHANNELS,
        required=True,
        metadata={
            "description": "Back to the payment methods that loaded it, or over the counter of any store that sells in "
            "this currency."
        },
    )


class PayOutSchema(Schema):
    """What a till paid out, and the code that the customer showed for it."""

    code = fields.Text(20, required=True)
    amount = _amount(metadata={"description": "What you counted out: it must be what the code is for."})
