"""The facts of the wallet. Whose it is, only reactions are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ...events import Fact, for_reactions


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBegun(Fact):
    """A payment method is being charged for a wallet; `by` its customer, or the rule that the customer set."""

    subject: ClassVar[str] = "wallet_load"
    customer_id: UUID = for_reactions()
    amount_minor: int
    currency: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSettled(Fact):
    """What was charged is in the wallet."""

    subject: ClassVar[str] = "wallet_load"
    customer_id: UUID = for_reactions()
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFailed(Fact):
    """Nothing was charged, and why; `by` whom it was begun."""

    subject: ClassVar[str] = "wallet_load"
    customer_id: UUID = for_reactions()
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSent(Fact):
    """Money left a wallet for whoever reads an address."""

    subject: ClassVar[str] = "wallet_transfer"
    sender_id: UUID = for_reactions()
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEnded(Fact):
    """A transfer was accepted; or refused, withdrawn, or returned unanswered, and is back with its sender."""

    subject: ClassVar[str] = "wallet_transfer"
    sender_id: UUID = for_reactions()
    receiver_id: UUID | None = for_reactions()
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftCardBought(Fact):
    """A gift card was paid from a wallet."""

    subject: ClassVar[str] = "gift_card"
    buyer_id: UUID = for_reactions()
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftCardClaimed(Fact):
    """A gift card's money is in the wallet of whoever claimed it."""

    subject: ClassVar[str] = "gift_card"
    claimed_by: UUID = for_reactions()


@dataclass(frozen=True, slots=True, kw_only=True)
class CashOutBegun(Fact):
    """Money left a wallet to be paid out."""

    subject: ClassVar[str] = "wallet_cash_out"
    customer_id: UUID = for_reactions()
    amount_minor: int
    currency: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CashOutEnded(Fact):
    """A cash-out was paid; or withdrawn or returned, and is back in the wallet."""

    subject: ClassVar[str] = "wallet_cash_out"
    customer_id: UUID = for_reactions()
    state: str
