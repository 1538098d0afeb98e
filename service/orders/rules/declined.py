"""Why an order ended that its customer's card didn't pay. What the card's bank said is theirs: whoever else sees the
order, in its store or for them, reads only that it wasn't paid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NOT_PAID = "payment_failed"
_WHY = f"{NOT_PAID}: "


def not_paid(bank_reason: str) -> str:
    """Return why an order ended, as its customer reads it."""
    return _WHY + bank_reason


def for_others(reason: str | None) -> str | None:
    """Return why an order ended, as everybody else reads it."""
    return NOT_PAID if reason is not None and reason.startswith(_WHY) else reason


def without_banks(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return an order as it is shown to who acts for its customer: what banks said of their cards is nobody else's."""
    shown = dict(document)
    if "end_reason" in shown:
        shown["end_reason"] = for_others(shown["end_reason"])
    if "dropped_change" in shown:
        shown["dropped_change"] = {**shown["dropped_change"], "bank_reason": None}
    return shown
