"""Refusals of loyalty."""

from __future__ import annotations

from ..errors import Refusal


class NotJoined(Refusal):
    """The customer isn't in the programme, or left it. Ordering never needs it."""

    title = "Not a member"

    def __init__(self) -> None:
        super().__init__("You are not in the programme. You can join at any time.")


class NotEnoughStars(Refusal):
    """The stars that can be spent now don't suffice. `available` are what there is of the lots that were asked for."""

    title = "Not enough stars"

    def __init__(self, available: int) -> None:
        super().__init__("There are not enough stars for this.", available=available)


class RewardsGone(Refusal):
    """Of this reward there was a limited number, and none is left."""

    title = "None left"

    def __init__(self) -> None:
        super().__init__("None of this reward is left.")


class RedemptionOver(Refusal):
    """The redemption was used or cancelled, or stands in an order; `state` says which."""

    title = "Redemption over"

    def __init__(self, state: str) -> None:
        super().__init__("This redemption can't be changed any more.", state=state)


class StarsLeft(Refusal):
    """There are stars left, and it was not said what becomes of them."""

    title = "Stars left"

    def __init__(self, stars: int) -> None:
        super().__init__("Say what becomes of your stars: redeem, give, pool or let go.", stars_left=stars)


class GiftOver(Refusal):
    """The gift was accepted, turned down or taken back, or came back to its giver; or there is none with this token, or
    it is one's own."""

    title = "No such gift to take"

    def __init__(self) -> None:
        super().__init__("There is no gift to take with this.")


class InvitationOver(Refusal):
    """The invitation to a pool was used or ended, or there is none with this token."""

    title = "No such invitation"

    def __init__(self) -> None:
        super().__init__("There is no invitation to take up with this.")


class AlreadyPooled(Refusal):
    """The customer is in a pool; there is one at a time."""

    title = "Already in a pool"

    def __init__(self) -> None:
        super().__init__("You are in a pool already. Leave it first.")


class PoolFull(Refusal):
    """The pool has as many members, or invitations, as there can be."""

    title = "Pool full"

    def __init__(self, most: int) -> None:
        super().__init__("There is no room for more.", most=most)


class AlreadyClaimed(Refusal):
    """The stars of this receipt were given already; whoever answers a claim of them answers with none."""

    title = "Already given"

    def __init__(self) -> None:
        super().__init__("The stars of this receipt were given already.")


class ClaimOfOpenOrder(Refusal):
    """The order of this claim isn't over; its pickup gives its stars. Answer without stars, or once it ended."""

    title = "Order not over"

    def __init__(self) -> None:
        super().__init__("This order isn't over: its pickup gives its stars.")


class OwnClaim(Refusal):
    """Nobody answers a claim of their own; another operator must."""

    status = 403
    title = "Your own claim"

    def __init__(self) -> None:
        super().__init__("Another operator must answer what you claimed yourself.")


class TooManyClaims(Refusal):
    """So many claims of yours wait for an answer at most. Claim this one once some are answered."""

    title = "Too many claims"

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} claims of yours wait for an answer already.", most=most)


class ClaimAnswered(Refusal):
    """The claim was answered already."""

    title = "Already answered"

    def __init__(self) -> None:
        super().__init__("This claim was answered already.")


class TooManyCards(Refusal):
    """So many cards of yours work at most. End one that you need no more."""

    title = "Too many cards"

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} cards of yours work already.", most=most)


class CardUnknown(Refusal):
    """No card with this number works. What was ordered is made all the same."""

    title = "No such card"

    def __init__(self) -> None:
        super().__init__("No card with this number works. What was ordered is made all the same.")


class StarsGiven(Refusal):
    """Stars were given for this already, by a card that was shown for it."""

    title = "Stars given"

    def __init__(self) -> None:
        super().__init__("A card that was shown for this got its stars already.")


class InvalidProgramme(Refusal):
    """The programme can't be published; `errors` names each fault by its path."""

    status = 422
    title = "Invalid programme"

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("The programme can't be published.", errors=errors)
        self.errors = errors


class NothingToMerge(Refusal):
    """The consent to bring an account over was used, withdrawn or ended, or there is none with this token, or it is the
    same account's."""

    title = "No account to bring over"

    def __init__(self) -> None:
        super().__init__("There is no account to bring over with this.")
