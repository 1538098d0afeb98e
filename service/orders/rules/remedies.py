"""What a missed promise gives, as its customer chose it: shown in the quote, kept with the order, given once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...errors import Invalid
from ...preferences.rules import Filled
from ...stores.rules import RemedyStep
from .basket import money

STARS, MONEY = "stars", "money"
_NONE_FOR_THEM = {
    STARS: "You are in no programme that gives stars for that.",
    MONEY: "No money is given for that here, or you have no wallet that it could go to.",
}


def amounts_shown(steps: Iterable[RemedyStep], *, total_minor: int, currency: str) -> list[dict[str, Any]]:
    """Return what a store's table gives for an order of so much: how late it is ready, and what that is worth."""
    return [
        {"late_minutes": step.late_minutes, "amount": money(step.amount_minor(total_minor), currency)} for step in steps
    ]


def remedy_shown(
    filled: Filled, *, chosen: bool, stars: int = 0, amounts: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Return what a missed promise gives, as a quote shows it: of stars, how many (0: they are in no programme that
    gives any); of money, how much by when (nothing: the store gives none, or they have no wallet).

    Raises Invalid where they `chosen` it in this very order, and there is none for them.
    """
    shown = {"kind": filled.value, "source": filled.source.document()}
    given: dict[str, Any] = {STARS: stars, MONEY: list(amounts)}
    if filled.value not in given:
        return shown
    if chosen and not given[filled.value]:
        raise Invalid({"remedy": [_NONE_FOR_THEM[filled.value]]})
    return {**shown, filled.value: given[filled.value]}


def money_for(remedy: Mapping[str, Any], late_seconds: int) -> int:
    """Return how much of what an order was shown is due, in minor units of its currency: that of the last step that
    was reached."""
    reached = [each for each in remedy.get(MONEY, ()) if each["late_minutes"] * 60 <= late_seconds]
    return int(reached[-1]["amount"]["amount_minor"]) if reached else 0
