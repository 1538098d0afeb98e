"""The customer's own price ceiling: above it nothing is placed without another yes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...preferences.rules import Said
from ...sources import CHOSEN

KIND = "price_ceiling"


def ceiling_document(
    chosen: Mapping[str, Any] | None, said: Said, *, total_minor: int, currency: str
) -> dict[str, Any] | None:
    """Return the ceiling of a basket with its source, and whether the total needs another yes; None where nobody named
    any.

    What the basket says goes before what the customer says of every order. A price in another currency can't be
    compared, so it needs the yes.
    """
    spoken = said.of(KIND)
    if chosen is not None:
        most, source = chosen, CHOSEN
    elif spoken is not None:
        most, source = spoken.value, spoken.source
    else:
        return None
    amount = {"amount_minor": most["amount_minor"], "currency": most["currency"]}
    is_within = amount["currency"] == currency and total_minor <= amount["amount_minor"]
    return {"most": amount, "source": source.document(), "needs_yes": not is_within}


def needs_yes(document: Mapping[str, Any]) -> bool:
    """Tell whether what a quote shows is above its customer's ceiling."""
    ceiling = document.get(KIND)
    return ceiling is not None and bool(ceiling["needs_yes"])
