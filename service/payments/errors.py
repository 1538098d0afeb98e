"""Refusals of payments."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import Invalid, Refusal


class CardNumberSent(Invalid):
    """Something in it looks like a card number. None may reach this service: give the card to the payment provider's
    own form, and send the token that it answers."""

    title = "Card number sent"

    def __init__(self, fields: Iterable[str]) -> None:
        super().__init__(
            {field: ["This looks like a card number. Send the provider's token instead."] for field in fields},
            "No card number may be sent here.",
        )


class TooManyPaymentMethods(Refusal):
    """A customer keeps so many payment methods at most. Removing one makes room."""

    title = "Too many payment methods"

    def __init__(self, most: int) -> None:
        super().__init__(f"You have {most} payment methods; remove one first.", most=most)


class PaymentMethodRefused(Refusal):
    """The payment provider doesn't know the token, or doesn't let this card be kept."""

    status = 422
    title = "Payment method refused"

    def __init__(self, reason: str) -> None:
        super().__init__("The payment provider doesn't take this payment method.", reason=reason)


class WrongSignature(Refusal):
    """The webhook isn't signed by the provider that it names, or was signed too long ago."""

    status = 400
    title = "Wrong signature"

    def __init__(self) -> None:
        super().__init__("The signature isn't the provider's, or too old.")


class PaymentOver(Refusal):
    """The payment is in a state in which this can't be asked of it any more."""

    title = "Payment over"

    def __init__(self, state: str) -> None:
        super().__init__(f"This payment is {state}.", state=state)


class MoreThanPaid(Refusal):
    """More is to be captured than was to be authorised, or given back than was captured."""

    title = "More than paid"

    def __init__(self, most_minor: int) -> None:
        super().__init__("That is more than was paid.", most_minor=most_minor)
