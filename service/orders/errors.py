"""Refusals of orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from ..errors import Refusal


class QuoteExpired(Refusal):
    """The quote's time is over. `quote` is a new one for the same basket; `differences` says what changed."""

    title = "Quote expired"
    keeps_changes: ClassVar[bool] = True  # the new quote

    def __init__(self, *, quote: dict[str, Any], differences: list[dict[str, Any]]) -> None:
        super().__init__("This quote has expired. Place the new one instead.", quote=quote, differences=differences)


class QuoteOutdated(Refusal):
    """What the quote shows can't be kept: the menu, the store or its free time changed. `quote` is a new one for
    the same basket; `differences` names each value that changed."""

    title = "Quote outdated"
    keeps_changes: ClassVar[bool] = True  # the new quote

    def __init__(self, *, quote: dict[str, Any], differences: list[dict[str, Any]]) -> None:
        super().__init__(
            "This quote can't be kept as shown. Place the new one instead.", quote=quote, differences=differences
        )


class QuoteUsed(Refusal):
    """The quote was already placed, as another order."""

    title = "Quote already placed"

    def __init__(self) -> None:
        super().__init__("This quote was already placed. Make a new one.")


class YesNeeded(Refusal):
    """The quote costs more than the customer's own price ceiling: it is placed with `yes_above_ceiling`."""

    title = "Your yes is needed"

    def __init__(self, *, total: dict[str, Any], most: dict[str, Any]) -> None:
        super().__init__("This costs more than you said an order may.", total=total, most=most)


class NothingLeft(Refusal):
    """Nothing of what was asked for again can be had; `lines` says of each why."""

    title = "Nothing left"

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        super().__init__("None of this can be had for that time.", lines=lines)


class ClientOrderIdTaken(Refusal):
    """The `client_order_id` names an earlier order of this customer that was made from another quote."""

    title = "Client order id taken"

    def __init__(self, order_id: UUID) -> None:
        super().__init__("This client_order_id already names another order of yours.", order_id=order_id)


class WindowFull(Refusal):
    """The store has no time left to make this for the window asked for. `earliest_at` is the first that fits."""

    title = "Window full"

    def __init__(self, earliest_at: datetime | None) -> None:
        super().__init__("The store can't make this for that window.", earliest_at=earliest_at)


class NoWindow(Refusal):
    """The store can't promise any window for this basket today."""

    title = "No window"

    def __init__(self) -> None:
        super().__init__("The store has no free window for this now. Try a smaller order or another store.")


class CannotBeMadeHere(Refusal):
    """The store has no station for some of this."""

    title = "Can't be made here"

    def __init__(self, stations: list[str]) -> None:
        super().__init__("This store has no station to make some of this.", stations=stations)


class AlreadyFired(Refusal):
    """The store has started to make the order: it can't be changed or cancelled by the customer any more."""

    title = "Already started"

    def __init__(self, state: str) -> None:
        super().__init__("The store has already started on this order.", state=state)


class OrderEnded(Refusal):
    """The order was picked up, cancelled or rejected: there is nothing left to arrive for."""

    title = "Order ended"

    def __init__(self, state: str) -> None:
        super().__init__("This order has ended.", state=state)


class RevisionClosed(Refusal):
    """This proposal is no longer open: a later one took its place, the order is ready, or it has ended."""

    title = "Proposal closed"

    def __init__(self, open_number: int | None) -> None:
        super().__init__("This proposal can't be accepted any more.", open_number=open_number)


class TransitionRefused(Refusal):
    """The order can't go from its state to the one asked for. `allowed` lists where it can go."""

    title = "Not from this state"

    def __init__(self, state: str, allowed: list[str]) -> None:
        super().__init__("The order can't go there from its state.", state=state, allowed=allowed)


class AlreadyMade(Refusal):
    """The order is made or has ended: no line of it can be rejected or replaced any more."""

    title = "Already made"

    def __init__(self, state: str) -> None:
        super().__init__("The order is made, or has ended.", state=state)


class LinesChanged(Refusal):
    """What this is about was taken out of the order, or something else is in its place, since it was read: read it
    again. `positions` are the lines that changed."""

    title = "Lines changed"

    def __init__(self, positions: Sequence[int]) -> None:
        super().__init__("A line of the order was taken out or replaced.", positions=list(positions))


class AskClosed(Refusal):
    """The question was answered, or its deadline passed. `answer` is what holds, where it was given already."""

    title = "Question closed"

    def __init__(self, answer: str | None) -> None:
        super().__init__("This question isn't open any more.", answer=answer)


class OfferGone(Refusal):
    """What the question offered can't be had any more: its time or its last unit went to others. The question stays
    open for another answer."""

    title = "Offer gone"

    def __init__(self) -> None:
        super().__init__("The store can't make that in time any more. Choose another answer.")


class NothingToRemake(Refusal):
    """The order isn't one that is made once more: it was collected, held or made again already, or the store closed."""

    title = "Nothing to make again"

    def __init__(self, state: str) -> None:
        super().__init__("This order can't be made once more.", state=state)


class DailyLimitReached(Refusal):
    """The grant's giver lets only so much be ordered on one day. `left` is what still may be until `resets_at`; what
    is cancelled or given back may be spent again."""

    title = "Daily limit reached"

    def __init__(self, currency: str, *, limit_minor: int, left_minor: int, resets_at: datetime) -> None:
        super().__init__(
            "This is more than the grant lets you order today.",
            limit={"amount_minor": limit_minor, "currency": currency},
            left={"amount_minor": left_minor, "currency": currency},
            resets_at=resets_at,
        )


class OtherCurrency(Refusal):
    """The grant's limit is in another currency than this store's: nothing can be ordered here under it."""

    title = "Another currency"

    def __init__(self, currency: str | None) -> None:
        super().__init__("This store takes another currency than the grant's limit is in.", currency=currency)


class OwnOrder(Refusal):
    """Staff give nothing back for what they ordered themselves; someone else of the store does."""

    status = 403
    title = "Your own order"

    def __init__(self) -> None:
        super().__init__("You ordered this yourself. Ask someone else of the store to do this.")


class PaymentPending(Refusal):
    """The bank of the customer's card hasn't said yet whether it pays: the store starts when it has."""

    title = "Payment pending"

    def __init__(self) -> None:
        super().__init__("The customer's bank hasn't answered yet.")


class CardRefused(Refusal):
    """The bank of a card that was to pay for the change doesn't; the order stands as it was."""

    status = 402
    title = "Card refused"

    def __init__(self, *, payment_id: UUID, reason: str) -> None:
        super().__init__("The card doesn't pay; your order stands as it was.", payment_id=payment_id, reason=reason)


class NothingToRefund(Refusal):
    """More was asked back than was paid and not refunded yet."""

    title = "More than was paid"

    def __init__(self, refundable_minor: int, refundable_tip_minor: int) -> None:
        super().__init__(
            "That is more than is left to refund.",
            refundable_minor=refundable_minor,
            refundable_tip_minor=refundable_tip_minor,
        )


class TooManyStandingOrders(Refusal):
    """The list of standing orders is full: end one first."""

    title = "Too many standing orders"

    def __init__(self, most: int) -> None:
        super().__init__(f"You can have {most} standing orders.", most=most)


class DayDone(Refusal):
    """Something became of that day already: its order was placed (`order_id`), asked about or left out."""

    title = "Day already done"

    def __init__(self, outcome: str, order_id: UUID | None) -> None:
        super().__init__("Nothing of that day can be skipped any more.", outcome=outcome, order_id=order_id)
