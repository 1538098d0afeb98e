"""Refusals of the wallet."""

from __future__ import annotations

from typing import Any

from ..errors import Refusal


class InsufficientBalance(Refusal):
    """The wallet has less to spend than this takes. `available` says how much it has, beside what is held, and
    `missing` how much more is needed."""

    status = 402
    title = "Not enough in the wallet"

    def __init__(self, *, needed_minor: int, available_minor: int, currency: str) -> None:
        super().__init__(
            "There is not enough in the wallet for this.",
            available=_money(available_minor, currency),
            missing=_money(needed_minor - available_minor, currency),
        )


class GiftCardTaken(Refusal):
    """Somebody claimed this gift card already; a card is claimed once, whole."""

    title = "Gift card claimed already"

    def __init__(self) -> None:
        super().__init__("This gift card was claimed already.")


class TransferNotOpen(Refusal):
    """The transfer was accepted, refused, withdrawn or returned already; `state` says which."""

    title = "Transfer not open"

    def __init__(self, state: str) -> None:
        super().__init__(f"This transfer has ended: it was {state}.", state=state)


class NothingToGiveBackTo(Refusal):
    """So much can't go back to payment methods: only what they brought in can. `refundable` says how much may; the
    till of any store that sells in this currency pays out the rest."""

    title = "More than was loaded"

    def __init__(self, *, refundable_minor: int, currency: str) -> None:
        super().__init__(
            "Only what a payment method brought in can go back to it. A till of this currency pays out the rest.",
            refundable=_money(refundable_minor, currency),
        )


class CashOutNotOpen(Refusal):
    """The cash-out was paid, withdrawn or returned already, or is on its way; `state` says which."""

    title = "Cash-out not open"

    def __init__(self, state: str) -> None:
        super().__init__("This cash-out is not open any more.", state=state)


class OwnCashOut(Refusal):
    """Staff pay out nothing to themselves; somebody else of the store must."""

    status = 403
    title = "Your own cash-out"

    def __init__(self) -> None:
        super().__init__("Somebody else of the store must pay out what is yours.")


def _money(amount_minor: int, currency: str) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": currency}
