"""What a quote must show, reckoned by hand from what was asked: prices, discounts, tax, tip, who pays what, stars.

Nothing of the service is used: its prices and rules stand here once more, as the documentation has them, and what is
rounded is a fraction until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

SIZES = {"FW": {"small": 400, "large": 475}, "CR": {"one": 325}}
OAT, VANILLA = 70, 60
NAMES = {"FW": "Flat white", "CR": "Croissant"}
REWARDS: dict[str, dict[str, Any]] = {
    "off-any": {"stars": 10, "kind": "value", "most": 100, "of": {"FW", "CR"}},
    "off-coffee": {"stars": 15, "kind": "value", "most": 250, "of": {"FW"}},
    "bake": {"stars": 12, "kind": "item", "most": 900, "of": {"CR"}},
    "cup": {"stars": 20, "kind": "item", "most": 450, "of": {"FW"}},
}


@dataclass(frozen=True)
class Taxed:
    """How a store taxes: basis points by what is sold, on top of its prices or in them."""

    rates: dict[str, int]
    inclusive: bool


@dataclass(frozen=True)
class AskedLine:
    """A line of a basket."""

    sku: str
    size: str
    quantity: int
    oat: bool = False
    vanilla: int = 0

    @property
    def unit(self) -> int:
        """What one piece costs."""
        return SIZES[self.sku][self.size] + OAT * self.oat + VANILLA * self.vanilla


@dataclass(frozen=True)
class AskedBasket:
    """What the customer asked for, and what is so at that moment. `tenders` and `tip` are what holds of what the order
    names and what was said before; None where nobody named any."""

    taxed: Taxed
    lines: Sequence[AskedLine]
    rewards: Sequence[str]
    tenders: Sequence[dict[str, Any]] | None
    tip: dict[str, Any] | None
    available: int
    opted_in: bool


@dataclass(frozen=True)
class Paid:
    """What a tender pays of the total and of the tip, and which tax is in it."""

    kind: str
    method_id: str | None
    amount: int
    tip: int
    tax: int


@dataclass(frozen=True)
class Reckoned:
    """A basket, reckoned. `off` is by reward, `lines` are full price, discount, tax and what is paid."""

    lines: list[tuple[int, int, int, int]]
    off: list[int]
    subtotal: int
    tax: int
    total: int
    tip: int
    paid: list[Paid] = field(default_factory=list)
    stars: dict[str, int] = field(default_factory=dict)


def rounded(amount: Fraction) -> int:
    """Round halves up; nothing here is below zero."""
    return (amount + Fraction(1, 2)).__floor__()


def shared(amount: int, weights: Sequence[int]) -> list[int]:
    """Share out by largest remainder; of equal ones the earlier gets it."""
    exact = [Fraction(amount * weight, sum(weights) or 1) for weight in weights]
    parts = [part.__floor__() for part in exact]
    first = sorted(range(len(weights)), key=lambda place: (parts[place] - exact[place], place))
    for place in first[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def discounts(lines: Sequence[AskedLine], rewards: Sequence[str]) -> list[list[int]]:
    """Return what each reward takes off each line: first those for one piece, then those for an amount."""
    left = [line.unit * line.quantity for line in lines]
    pieces = sorted((-line.unit, place) for place, line in enumerate(lines) for _ in range(line.quantity))
    found: dict[int, list[int]] = {}
    for number, key in sorted(enumerate(rewards), key=lambda each: REWARDS[each[1]]["kind"] == "value"):
        reward, off = REWARDS[key], [0] * len(lines)
        if reward["kind"] == "item":
            mine = next((piece for piece in pieces if lines[piece[1]].sku in reward["of"]), None)
            if mine is not None:
                pieces.remove(mine)
                off[mine[1]] = min(-mine[0], reward["most"])
        else:
            weights = [rest if line.sku in reward["of"] else 0 for rest, line in zip(left, lines, strict=True)]
            if any(weights):
                off = shared(min(reward["most"], sum(weights)), weights)
        left = [rest - part for rest, part in zip(left, off, strict=True)]
        found[number] = off
    return [found[number] for number in range(len(rewards))]


def tax_of(total: int, rate: int, *, inclusive: bool) -> int:
    """Return the tax on, or in, what a line costs."""
    if inclusive:
        return total - rounded(Fraction(total * 10_000, 10_000 + rate))
    return rounded(Fraction(total * rate, 10_000))


def tip_of(tip: dict[str, Any] | None, subtotal: int) -> int:
    """Return a tip: the amount, or so many hundredths of the subtotal."""
    if tip is None:
        return 0
    return int(tip["amount_minor"]) if "amount_minor" in tip else rounded(Fraction(subtotal * tip["percent"], 100))


def split(asked: AskedBasket, total: int, tax: int, tip: int) -> list[Paid]:
    """Lay the tenders along the total with the tip behind it: each covers what it can, and the tax that lies there."""
    found, start = [], 0
    for tender in asked.tenders or [{"kind": "pay_at_pickup"}]:
        reach = total + tip - start
        if tender["kind"] == "wallet":
            reach = min(reach, asked.available)
        reach = min(reach, tender.get("most_minor", reach))
        end = start + reach
        amount = min(end, total) - min(start, total)
        before, after = (rounded(Fraction(tax * min(at, total), total or 1)) for at in (start, end))
        if reach:
            found.append(Paid(tender["kind"], tender.get("method_id"), amount, reach - amount, after - before))
        start = end
    assert start == total + tip, "the last tender pays all that is left"
    return found


def stars_of(asked: AskedBasket, subtotal: int) -> dict[str, int]:
    """Return the stars by rule; those that give none are left out."""

    def pieces(sku: str) -> int:
        return sum(line.quantity for line in asked.lines if line.sku == sku)

    kinds = [tender["kind"] for tender in asked.tenders or ()]
    stars = {
        "base": subtotal * 2 // 100,
        "oven": 5 * pieces("CR"),
        "stored": subtotal // 300 if kinds == ["wallet"] else 0,
        "white": 10 * pieces("FW") if asked.opted_in else 0,
    }
    return {rule: count for rule, count in stars.items() if count}


def reckoned(asked: AskedBasket) -> Reckoned:
    """Reckon a basket."""
    by_reward = discounts(asked.lines, asked.rewards)
    lines = []
    for place, line in enumerate(asked.lines):
        full, off = line.unit * line.quantity, sum(each[place] for each in by_reward)
        tax = tax_of(full - off, asked.taxed.rates[line.sku], inclusive=asked.taxed.inclusive)
        lines.append((full, off, tax, full - off + (0 if asked.taxed.inclusive else tax)))
    subtotal = sum(full - off for full, off, _, _ in lines)
    tax, total = sum(line[2] for line in lines), sum(line[3] for line in lines)
    tip = tip_of(asked.tip, subtotal)
    return Reckoned(
        lines,
        [sum(each) for each in by_reward],
        subtotal,
        tax,
        total,
        tip,
        split(asked, total, tax, tip),
        stars_of(asked, subtotal),
    )
