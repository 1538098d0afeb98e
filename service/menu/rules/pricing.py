"""What options cost (docs/pricing.md): integers in minor units, never below zero."""

from __future__ import annotations

from collections.abc import Sequence

from .catalog import ANY_SIZE, Group, Option


def option_price(group: Group, option: Option, size_key: str) -> int:
    """Return the price of one unit of the option in the size, before free units.

    A substitution pays what it costs more than the group's default option, and nothing where it costs less.
    """
    price = _listed(option, size_key)
    if option.price_rule == "substitution" and group.default_option is not None:
        return max(0, price - _listed(group.default_option, size_key))
    return price


def _listed(option: Option, size_key: str) -> int:
    return option.prices.get(size_key, option.prices.get(ANY_SIZE, 0))


def free_first(units: Sequence[tuple[int, int]], free_quantity: int) -> list[int]:
    """Return what each choice costs when the group's dearest units are free first.

    `units` holds each choice's unit price and quantity; of two equal prices the earlier choice is free first.
    """
    paid = [quantity for _, quantity in units]
    for index in sorted(range(len(units)), key=lambda index: (-units[index][0], index)):
        given = min(paid[index], free_quantity)
        paid[index] -= given
        free_quantity -= given
    return [price * quantity for (price, _), quantity in zip(units, paid, strict=True)]
