"""What payments look like on the wire."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from ..http import PageQuery, Schema, fields
from .errors import CardNumberSent
from .models import MOST_METHODS
from .rules import reversals
from .rules.card_numbers import fields_with_card_numbers
from .rules.states import STATES


class NoCardNumbers(Schema):
    """Refuses a body that holds a card number anywhere, before anything else is said of it."""

    @ma.pre_load
    def refuse_card_numbers(self, body: Any, **_: Any) -> Any:
        """Raises CardNumberSent."""
        found = list(fields_with_card_numbers(body))
        if found:
            raise CardNumberSent(found)
        return body


class AddPaymentMethodSchema(NoCardNumbers):
    """A provider's token of what to pay with, and whether it is to be your default."""

    token = fields.Text(
        200, required=True, metadata={"description": "As the provider's own form answered it; never a card number."}
    )
    is_default = fields.Flag(load_default=False)


class ChooseDefaultSchema(NoCardNumbers):
    """The method to be your default; null for none."""

    method_id = fields.Id(required=True, allow_none=True)


class PaymentMethodSchema(Schema):
    """Something you can pay with."""

    id = fields.Id(required=True)
    provider = fields.Text(30, required=True)
    kind = fields.Text(30, required=True)
    brand = fields.Text(30, required=True)
    last4 = fields.Text(4, required=True)
    expires = fields.Text(7, required=True, allow_none=True, metadata={"description": "A month, such as 2031-07."})
    is_default = fields.Flag(required=True, metadata={"description": "Because you chose it."})
    created_at = fields.Instant(required=True)


class PaymentMethodsSchema(Schema):
    """Your payment methods, in the order in which you added them."""

    data = fields.List(fields.Nested(PaymentMethodSchema), MOST_METHODS, required=True)


class NextActionSchema(Schema):
    """What your bank wants of you: open the address, or give it to the provider's SDK (`kind` provider_sdk)."""

    kind = fields.Choice(["redirect", "provider_sdk"], required=True)
    url = fields.Text(
        2_000,
        required=True,
        metadata={"description": "An address; for `provider_sdk` the client secret that Stripe's SDK takes."},
    )


class PaymentSchema(Schema):
    """A payment of yours, and what became of it."""

    id = fields.Id(required=True)
    purpose = fields.Text(60, required=True, metadata={"description": "wallet_load, or order."})
    purpose_id = fields.Id(
        required=True,
        metadata={"description": "The load, or the order's tender, that it pays: `tenders` of the order name it."},
    )
    state = fields.Choice(STATES, required=True)
    reason = fields.Text(60, required=True, allow_none=True, metadata={"description": "Why it failed."})
    amount = fields.Money(required=True)
    captured = fields.Money(required=True)
    refunded = fields.Money(required=True)
    is_settled = fields.Flag(
        required=True, metadata={"description": "Nothing is being found out or done about it just now."}
    )
    paid_with = fields.Nested(PaymentMethodSchema, required=True)
    next_action = fields.Nested(NextActionSchema, required=True, allow_none=True)
    version = fields.Integer(1, 2_000_000_000, required=True)
    created_at = fields.Instant(required=True)
    updated_at = fields.Instant(required=True)


class ReversalsQuery(PageQuery):
    """Which to list: disputes, refunds, or (without `kind`) both."""

    kind = fields.Choice(reversals.KINDS, load_default=None, allow_none=True)


class PaymentReversalSchema(Schema):
    """Something of a payment that the provider's side took back past the service."""

    id = fields.Id(required=True)
    kind = fields.Choice(reversals.KINDS, required=True)
    state = fields.Choice(
        reversals.STATES,
        required=True,
        metadata={
            "description": "The bank asks and took nothing; took it and decides yet; keeps it; put it back, or never "
            "took it."
        },
    )
    reason = fields.Text(60, required=True, allow_none=True, metadata={"description": "In the provider's words."})
    amount = fields.Money(required=True)
    provider = fields.Text(30, required=True)
    provider_payment = fields.Text(200, required=True, allow_none=True)
    provider_reference = fields.Text(200, required=True, metadata={"description": "The provider's name for it."})
    payment_id = fields.Id(required=True)
    purpose = fields.Text(60, required=True)
    purpose_id = fields.Id(required=True, metadata={"description": "The load, or the order's tender, that it paid."})
    noted_at = fields.Instant(required=True)
    updated_at = fields.Instant(required=True)
