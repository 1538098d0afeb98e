"""Bringing one account into another: for how long a consent holds, and what comes over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .lots import Lot

CONSENT_LASTS = timedelta(minutes=15)
CLAIMED_TWICE = "The account that this one was brought into claims the same receipt."


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """What comes over: lots that have stars, the stars that others `owed` lots are short of, qualifying stars by the
    instant that they count from, and what else is shown of it, as documents; `cards` is how many of those
    work. `left` says what does not."""

    lots: Sequence[Lot]
    owed: int
    counted: Mapping[datetime, int]
    redemptions: Sequence[Mapping[str, Any]]
    gifts: Sequence[Mapping[str, Any]]
    claims: Sequence[Mapping[str, Any]]
    promotions: Sequence[str]
    cards: int
    left: Mapping[str, Any]

    @property
    def stars(self) -> int:
        """All that come over, those that can't be spent yet among them."""
        return sum(lot.remaining for lot in self.lots)

    @property
    def qualifying(self) -> int:
        """All that still count towards a tier."""
        return sum(self.counted.values())

    def document(self, now: datetime) -> dict[str, Any]:
        """Return it as it is shown, before and after."""
        available = sum(lot.remaining for lot in self.lots if lot.state(now) == "available")
        return {
            "stars": {"available": available, "pending": self.stars - available},
            "owed_stars": self.owed,
            "qualifying_stars": self.qualifying,
            "redemptions": [dict(each) for each in self.redemptions],
            "gifts": [dict(each) for each in self.gifts],
            "claims": [dict(each) for each in self.claims],
            "promotions": list(self.promotions),
            "cards": self.cards,
            "stays_behind": dict(self.left),
        }


def lot_document(lot: Lot) -> dict[str, Any]:
    """Return a lot with the terms that it keeps."""
    names = ("programme_version", "earned_at", "available_at", "expires_at")
    return {"lot_id": lot.id, "stars": lot.remaining, **{name: getattr(lot, name) for name in names}}
