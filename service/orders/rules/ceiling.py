"""The customer's own price ceiling: above it nothing is placed without another yes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...preferences.rules import Said, order_fields

KIND = "price_ceiling"


def ceiling_document(
    chosen: Mapping[str, Any] | None, said: Said, *, total_minor: int, currency: str
) -> dict[str, Any] | None:
    """Return the ceiling of a basket with its source, and whether the total needs another yes; None where nobody named
    any.

    A price in another currency can't be compared, so it needs the yes.
    """
    ceiling = order_fields.price_ceiling(chosen, said)
    if ceiling is None:
        return None
    most = ceiling.value
    is_within = most["currency"] == currency and total_minor <= most["amount_minor"]
    return {"most": most, "source": ceiling.source.document(), "needs_yes": not is_within}


def needs_yes(document: Mapping[str, Any]) -> bool:
    """Tell whether what a quote shows is above its customer's ceiling."""
    ceiling = document.get(KIND)
    return ceiling is not None and bool(ceiling["needs_yes"])
