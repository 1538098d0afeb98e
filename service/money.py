"""Money in minor units, and splitting it without losing any.

Amounts are integers in the currency's minor unit (ISO 4217 exponent), never floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from babel import Locale
from babel.core import get_global
from babel.numbers import NumberPattern, get_currency_precision, get_territory_currencies, parse_pattern

BPS = 10_000  # basis points in one whole
_HUNDREDTHS = frozenset({"AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "SYP", "YER"})
_NOT_AS_PAID = dict.fromkeys(_HUNDREDTHS, 2) | {"IQD": 3}
"""Of these CLDR knows no minor unit, since nobody pays with one: ISO 4217 does, and payment providers count in it."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of a currency (ISO 4217)."""

    amount_minor: int
    currency: str


def divide_half_up(numerator: int, denominator: int) -> int:
    """Divide, rounding halves away from zero, as tills do (docs/pricing.md, "Rounding")."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    return sign * ((2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator)))


def allocate(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Split an amount in proportion to weights by largest remainder; the parts sum to the amount exactly.

    Ties go to the earlier part. With all weights zero the whole amount goes to the first part.
    Weights must not be negative.
    """
    if not weights:
        raise ValueError("an amount can't be split into no parts")
    total = sum(weights)
    if total == 0:
        return [amount_minor, *([0] * (len(weights) - 1))]
    sign = -1 if amount_minor < 0 else 1
    shares = [divmod(abs(amount_minor) * weight, total) for weight in weights]
    missing = abs(amount_minor) - sum(whole for whole, _ in shares)
    by_remainder = sorted(range(len(weights)), key=lambda index: (-shares[index][1], index))
    rounded_up = set(by_remainder[:missing])
    return [sign * (whole + (index in rounded_up)) for index, (whole, _) in enumerate(shares)]


def currency_of(country: str) -> str | None:
    """Return the legal tender (ISO 4217) of an ISO 3166 alpha-2 country today, None where CLDR knows none."""
    if country not in get_global("territory_currencies"):
        return None
    currencies = get_territory_currencies(country)
    return currencies[0] if currencies else None


def minor_units(currency: str) -> int:
    """Return how many decimal places the currency has (ISO 4217): 2 for USD and RSD, 0 for JPY."""
    return _NOT_AS_PAID.get(currency, get_currency_precision(currency))


def written(money: Money, locale: Locale | str) -> str:
    """Return an amount as it is written in a language (CLDR), to its last minor unit: `$12.50`, `12,50 €`, `¥480`."""
    decimals = minor_units(money.currency)
    usual = Locale.parse(locale).currency_formats["standard"]
    pattern: NumberPattern = parse_pattern(usual.pattern)
    pattern.frac_prec = (decimals, decimals)
    amount = Decimal(money.amount_minor).scaleb(-decimals)
    return str(pattern.apply(amount, locale, currency=money.currency, currency_digits=False))
