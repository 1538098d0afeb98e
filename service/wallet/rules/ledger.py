"""The ledger's accounts and movements: what is owed is positive, and every movement sums to zero (docs/wallet.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

CountedKind = Literal["wallet", "gift_card", "transfer", "breakage"]
HouseKind = Literal[
    "provider_clearing",
    "revenue",
    "tips",
    "tax",
    "remedies",
    "refunds_payable",
    "till",
    "disputes",
    "refunds_elsewhere",
]
AccountKind = CountedKind | HouseKind
COUNTED: tuple[CountedKind, ...] = get_args(CountedKind)
"""Accounts that keep their balance beside them, with a running balance in every entry. Nobody's takes turns for the
others: there are as many as customers, cards and transfers."""
HOUSE: tuple[HouseKind, ...] = get_args(HouseKind)
"""Accounts that everybody's movements share. Their balance is the sum of their entries: one kept beside them would
make all customers wait for each other."""
NOT_BELOW_ZERO: tuple[AccountKind, ...] = ("wallet", "gift_card", "transfer", "refunds_payable")

MovementKind = Literal[
    "load",
    "payment",
    "refund",
    "remedy",
    "transfer_sent",
    "transfer_accepted",
    "transfer_returned",
    "gift_card_bought",
    "gift_card_claimed",
    "cash_out",
    "cash_out_paid",
    "cash_out_returned",
    "refund_returned",
    "reversal",
    "reversal_ended",
]
MOVEMENTS: tuple[MovementKind, ...] = get_args(MovementKind)
"""Why money moved; with `purpose` and its id it names a movement, which therefore happens once."""

CHAIN = UUID(int=0)
"""The owner of what belongs to the whole chain."""


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """An account: of a kind, somebody's or something's (`owner_id`), in one currency."""

    kind: AccountKind
    owner_id: UUID
    currency: str

    @property
    def is_counted(self) -> bool:
        """Tell whether its balance is kept beside it."""
        return self.kind in COUNTED


@dataclass(frozen=True, slots=True)
class Leg:
    """What a movement does to one account, in minor units: positive where more is owed to its owner."""

    account: Account
    amount_minor: int


def wallet_of(customer_id: UUID, currency: str) -> Account:
    """Return a customer's wallet."""
    return Account("wallet", customer_id, currency)


def clearing(currency: str) -> Account:
    """Return what payment providers owe us, below 0: what is paid from outside comes out of it."""
    return Account("provider_clearing", CHAIN, currency)


def payable(currency: str) -> Account:
    """Return what was taken out of wallets and isn't paid out yet."""
    return Account("refunds_payable", CHAIN, currency)


def between(source: Account, target: Account, amount_minor: int) -> list[Leg]:
    """Return the legs that move an amount out of one account into another."""
    return [Leg(source, -amount_minor), Leg(target, amount_minor)]


def given_by_bank(account: Account, amount_minor: int) -> list[Leg]:
    """Return the legs by which a customer's bank, and not the account, gave back an amount: it was lost in a dispute
    before, as the chain's."""
    return between(account, Account("disputes", CHAIN, account.currency), amount_minor)


def out_of(source: Callable[[str], Account], parts: Iterable[Leg]) -> list[Leg]:
    """Return the legs that bring the parts (positive) to their accounts, out of the source of their currency."""
    return [leg for part in parts for leg in between(source(part.account.currency), part.account, part.amount_minor)]


def back_to(source: Callable[[str], Account], parts: Iterable[Leg]) -> list[Leg]:
    """Return the legs that bring the parts (positive) back from their accounts to where they came from."""
    return out_of(source, [Leg(part.account, -part.amount_minor) for part in parts])


def merged(legs: Iterable[Leg]) -> list[Leg]:
    """Return one leg for each account, in the order in which accounts are locked, without those that move nothing.

    Raises ValueError for what is no movement: fewer than two legs, or not zero in every currency.
    """
    by_account: Counter[Account] = Counter()
    by_currency: Counter[str] = Counter()
    for leg in legs:
        by_account[leg.account] += leg.amount_minor
        by_currency[leg.account.currency] += leg.amount_minor
    if any(by_currency.values()):
        raise ValueError("a movement sums to zero in every currency")
    moved = [Leg(account, amount) for account, amount in sorted(by_account.items()) if amount]
    if len(moved) < 2:
        raise ValueError("a movement has two entries at least")
    return moved
