"""Tax, totals and refunds: docs/pricing.md says why and how it rounds.

All amounts are integers in the currency's minor unit. Tax is computed and rounded per line, halves away from zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...money import BPS, allocate, divide_half_up

STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class LineMoney:
    """What one line costs, after what rewards took off (`discount_minor`): `paid_minor` is what the customer pays for
    it, tax included either way."""

    total_minor: int
    tax_minor: int
    paid_minor: int
    tax_bps: int
    discount_minor: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """What an order costs. `total_minor` is what the customer pays: always the sum of the lines' `paid_minor`."""

    subtotal_minor: int
    tax_minor: int
    total_minor: int


def line_money(full_minor: int, *, tax_bps: int, inclusive: bool, discount_minor: int = 0) -> LineMoney:
    """Tax what one line costs after its discount: on top of that, or contained in it."""
    total_minor = full_minor - discount_minor
    if inclusive:
        net_minor = divide_half_up(total_minor * BPS, BPS + tax_bps)
        return LineMoney(total_minor, total_minor - net_minor, total_minor, tax_bps, discount_minor)
    tax_minor = divide_half_up(total_minor * tax_bps, BPS)
    return LineMoney(total_minor, tax_minor, total_minor + tax_minor, tax_bps, discount_minor)


def tax_rate(rates: Mapping[str, int], category: str) -> int:
    """Return the category's rate in basis points; a category without its own takes the standard one."""
    return rates[category] if category in rates else rates.get(STANDARD, 0)


def totals(lines: Sequence[LineMoney]) -> Totals:
    """Add up an order."""
    return Totals(
        subtotal_minor=sum(line.total_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
        total_minor=sum(line.paid_minor for line in lines),
    )


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line as sold, with what was refunded of it so far."""

    position: int
    quantity: int
    paid_minor: int
    tax_minor: int
    refunded_minor: int
    refunded_quantity: int

    @property
    def left_minor(self) -> int:
        """What can still be given back."""
        return self.paid_minor - self.refunded_minor


@dataclass(frozen=True, slots=True)
class LineRefund:
    """What is given back for one line; the tax is contained in the amount."""

    position: int
    quantity: int
    amount_minor: int
    tax_minor: int


def refund_units(line: SoldLine, quantity: int) -> LineRefund:
    """Give back whole units of a line: the parts of its price that largest remainder gave those units.

    Never more than what is left of the line; all units together give back exactly what was paid.
    """
    parts = allocate(line.paid_minor, [1] * line.quantity)
    units = parts[line.refunded_quantity : line.refunded_quantity + quantity]
    last = line.refunded_quantity + quantity >= line.quantity
    amount = line.left_minor if last else min(sum(units), line.left_minor)
    return _refund(line, quantity, amount)


def refund_amount(lines: Sequence[SoldLine], amount_minor: int) -> list[LineRefund]:
    """Give back an amount over the lines, in proportion to what is left of each, by largest remainder."""
    parts = allocate(amount_minor, [line.left_minor for line in lines])
    return [_refund(line, 0, part) for line, part in zip(lines, parts, strict=True) if part]


def _refund(line: SoldLine, quantity: int, amount_minor: int) -> LineRefund:
    # The tax given back follows the amount given back in total, so that the last refund meets the tax exactly.
    before = _tax_in(line, line.refunded_minor)
    after = _tax_in(line, line.refunded_minor + amount_minor)
    return LineRefund(line.position, quantity, amount_minor, after - before)


def _tax_in(line: SoldLine, amount_minor: int) -> int:
    return divide_half_up(line.tax_minor * amount_minor, line.paid_minor) if line.paid_minor else 0
