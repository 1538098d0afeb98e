"""Prices in three currencies and nutrition facts, short enough to read in a table."""

from __future__ import annotations

from decimal import Decimal

from ...menu.rules import Price

# One price list: pounds to the next 5 pence, New Zealand dollars to the next 10 cents.
_RATES = {"USD": (100, 1), "GBP": (84, 5), "NZD": (158, 10)}
_NAMES = ("energy_kcal", "sugars_g", "caffeine_mg", "fat_g", "protein_g")


def costs(usd_cents: int) -> tuple[Price, ...]:
    """Return the price in every currency of the chain."""
    return tuple(
        Price(currency=currency, amount_minor=-(-usd_cents * percent // (100 * step)) * step)
        for currency, (percent, step) in _RATES.items()
    )


def facts(
    energy: float, sugars: float = 0, caffeine: float = 0, fat: float = 0, protein: float = 0
) -> dict[str, Decimal]:
    """Return nutrition: energy in kcal, caffeine in mg, the others in g."""
    return {
        name: Decimal(str(amount))
        for name, amount in zip(_NAMES, (energy, sugars, caffeine, fat, protein), strict=True)
    }


def by_size(
    energy: float, sugars: float = 0, caffeine: float = 0, fat: float = 0, protein: float = 0
) -> dict[str, dict[str, Decimal]]:
    """Return nutrition of what grows with the cup: given for the small one, half as much again per size."""
    amounts = (energy, sugars, caffeine, fat, protein)
    return {
        size: facts(*(round(amount * factor, 1) for amount in amounts))
        for size, factor in (("small", 1), ("medium", 1.5), ("large", 2))
    }
