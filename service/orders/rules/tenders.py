"""How an order is paid: who pays how much of it, in the customer's own order, and who gets it back (docs/pricing.md).

Amounts are minor units of the order's currency. A tender's `amount_minor` is its part of the total, `tip_minor` its
part of the tip: the total is paid first, then the tip.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ...errors import Invalid
from ...money import BPS, divide_half_up
from ...preferences.rules.choices import TENDERS
from ...wallet.errors import InsufficientBalance

WALLET, CARD, AT_PICKUP = "wallet", "card", "pay_at_pickup"
KINDS = TENDERS
SPLIT = "split"
MOST_TENDERS = 5
MOST_TIP_MINOR = 10_000_000

PENDING, HELD, PAID, FREED, FAILED = "pending", "held", "paid", "freed", "failed"
STATES = (PENDING, HELD, PAID, FREED, FAILED)
"""Of a tender: its bank isn't heard yet; reserved, and the customer's until the store starts; taken; let go; refused.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """What one tender pays."""

    kind: str
    method_id: UUID | str | None
    amount_minor: int
    tip_minor: int


@dataclass(frozen=True, slots=True)
class Tender:
    """A tender of an order: what it pays, and what it got back."""

    id: UUID
    number: int
    kind: str
    state: str
    amount_minor: int
    tip_minor: int
    refunded_minor: int = 0
    tip_refunded_minor: int = 0
    method_id: UUID | None = None
    payment_id: UUID | None = None

    @property
    def left_minor(self) -> int:
        """What of the total can still be given back to it."""
        return self.amount_minor - self.refunded_minor if self.state == PAID else 0

    @property
    def due_minor(self) -> int:
        """What of the total is still to be paid at pickup: also what a card that was refused was to pay."""
        return self.amount_minor - self.refunded_minor if self._is_due else 0

    @property
    def tip_due_minor(self) -> int:
        """What of the tip is still to be paid at pickup."""
        return self.tip_minor - self.tip_refunded_minor if self._is_due else 0

    @property
    def _is_due(self) -> bool:
        return self.state == FAILED or (self.kind == AT_PICKUP and self.state == HELD)

    @property
    def tip_left_minor(self) -> int:
        """What of the tip can still be given back to it."""
        return self.tip_minor - self.tip_refunded_minor if self.state == PAID else 0


def due_at_pickup(order: Mapping[str, Any], tenders: Sequence[Tender]) -> int:
    """Return what is still to be paid at the pickup of an order, with the tip that is paid there: nothing once it has
    ended, all of it where nobody named any tender."""
    if order["ended_at"] is not None:
        return 0
    if not tenders:
        return int(order["total_minor"] - order["paid_minor"])
    return sum(tender.due_minor + tender.tip_due_minor for tender in tenders)


def tip_of(tip: Mapping[str, Any] | None, *, subtotal_minor: int) -> int:
    """Return a tip in minor units: the amount named, or the percentage of what the lines cost before tax that comes on
    top, halves away from zero."""
    if tip is None:
        return 0
    if tip.get("amount_minor") is not None:
        return int(tip["amount_minor"])
    return divide_half_up(subtotal_minor * int(tip["percent"]) * 100, BPS)


def require_sound(asked: Sequence[Mapping[str, Any]]) -> None:
    """Refuse tenders that name something twice, or anything after what is paid at pickup. Raises Invalid."""
    errors: dict[str, list[str]] = {}
    named = [(each["kind"], each.get("method_id")) for each in asked]
    for index, each in enumerate(asked):
        if named.index(named[index]) < index:
            errors[f"tenders.{index}.kind"] = ["This is named before."]
        if each["kind"] == AT_PICKUP and index < len(asked) - 1:
            errors[f"tenders.{index}.kind"] = ["What is paid at pickup comes last: it takes all the rest."]
        if (each["kind"] == CARD) != (each.get("method_id") is not None):
            errors[f"tenders.{index}.method_id"] = ["A card is named by its payment method, and nothing else is."]
    if errors:
        raise Invalid(errors)


def split(
    asked: Sequence[Mapping[str, Any]], *, total_minor: int, tip_minor: int, available_minor: int, currency: str
) -> list[Part]:
    """Return what each tender pays, in their order: each takes what it can, the last takes all that is left.

    A wallet can what is available in it, a card and the till anything; `most_minor` is the customer's own bound.
    Those that have nothing left to pay are left out. Raises InsufficientBalance, Invalid.
    """
    rest, tip = total_minor, tip_minor
    parts = []
    for index, each in enumerate(asked):
        can = rest + tip
        if each["kind"] == WALLET:
            can = min(can, max(0, available_minor))
        if each.get("most_minor") is not None:
            can = min(can, int(each["most_minor"]))
        amount = min(can, rest)
        parts.append(Part(each["kind"], each.get("method_id"), amount, can - amount))
        rest, tip = rest - amount, tip - (can - amount)
        if index == len(asked) - 1 and rest + tip:
            if each["kind"] == WALLET and each.get("most_minor") is None:
                raise InsufficientBalance(needed_minor=can + rest + tip, available_minor=can, currency=currency)
            raise Invalid({f"tenders.{index}.most_minor": ["The last tender pays all that is left."]})
    return [part for part in parts if part.amount_minor or part.tip_minor]


def kind_of(kinds: Iterable[str]) -> str:
    """Return the word for how an order is paid: its one tender's kind, or that it is split; as its customer said it,
    whoever of them pays in the end."""
    found = list(kinds)
    if not found:
        return AT_PICKUP
    return found[0] if len(found) == 1 else SPLIT


def taxes(tenders: Sequence[Tender], *, total_minor: int, tax_minor: int) -> list[int]:
    """Return the tax in what each tender pays of the total: in proportion, so that together they hold all of it."""
    before = paid = 0
    found = []
    for tender in tenders:
        paid += tender.amount_minor
        after = divide_half_up(tax_minor * paid, total_minor) if total_minor else 0
        found.append(after - before)
        before = after
    return found


@dataclass(frozen=True, slots=True)
class Back:
    """What one tender gets back; `tax_minor` is in `amount_minor`."""

    tender: Tender
    amount_minor: int
    tax_minor: int
    tip_minor: int


def give_back(
    tenders: Sequence[Tender],
    *,
    amount_minor: int,
    tip_minor: int,
    total_minor: int,
    tax_minor: int,
    of_due: bool = False,
) -> list[Back]:
    """Return who gets back how much of an amount and of a tip: the last tender first, none more than it paid.

    With `of_due` what is still to be paid at pickup becomes less, too.
    """
    found: list[Back] = []
    shares = taxes(tenders, total_minor=total_minor, tax_minor=tax_minor)
    for tender, tax in reversed(list(zip(tenders, shares, strict=True))):
        left = tender.left_minor + (tender.due_minor if of_due else 0)
        amount, tip = min(amount_minor, left), min(tip_minor, tender.tip_left_minor)
        amount_minor, tip_minor = amount_minor - amount, tip_minor - tip
        if amount or tip:
            before = _tax_in(tender, tax, tender.refunded_minor)
            found.append(Back(tender, amount, _tax_in(tender, tax, tender.refunded_minor + amount) - before, tip))
    return found


def _tax_in(tender: Tender, tax_minor: int, amount_minor: int) -> int:
    return divide_half_up(tax_minor * amount_minor, tender.amount_minor) if tender.amount_minor else 0


def resized(tenders: Sequence[Tender], *, total_minor: int) -> list[int]:
    """Return what each tender pays of a total that changed before anything was taken: less comes off the last first,
    but not what was taken off one before; more is left to be paid at pickup."""
    rest = total_minor - sum(tender.refunded_minor for tender in tenders)
    found = []
    for tender in tenders:
        left = rest if tender.kind == AT_PICKUP else min(tender.amount_minor - tender.refunded_minor, rest)
        found.append(tender.refunded_minor + left)
        rest -= left
    return found
