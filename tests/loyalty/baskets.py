"""Random baskets and random ways to pay them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tests.orders.paying import AT_PICKUP, WALLET

from .by_hand import AskedLine

WAYS: tuple[tuple[str, ...], ...] = (
    (),
    ("till",),
    ("wallet",),
    ("card",),
    ("wallet", "card"),
    ("wallet most", "card"),
    ("wallet", "till"),
    ("card most", "wallet"),
    ("card most", "till"),
    ("card most", "other card"),
    ("wallet most", "card most", "till"),
)
"""Nobody is named, or these are, in their order; `most`: no more than some amount."""
SAID = [way for way in WAYS if way and not any("most" in each for each in way)]
CARDS = {
    "sandbox_visa": 8,
    "sandbox_mastercard": 5,
    "sandbox_duplicate_webhook": 4,
    "sandbox_3ds": 1,
    "sandbox_timeout": 1,
}
"""How often which."""


class Baskets:
    """What is drawn, and how often it was."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.drawn: Counter[str] = Counter()
        self._ways: list[tuple[str, ...]] = []

    def lines(self) -> list[AskedLine]:
        """Return one line to four: drinks in any size with any milk and syrups, and croissants."""
        draw = self.random
        found = []
        for _ in range(draw.randint(1, 4)):
            if draw.random() < 0.4:
                found.append(AskedLine("CR", "one", draw.randint(1, 3)))
                continue
            size, oat, vanilla = draw.choice(["small", "large"]), draw.random() < 0.5, draw.choice([0, 0, 0, 1, 2, 3])
            found.append(AskedLine("FW", size, draw.randint(1, 3), oat, vanilla))
        return found

    def paying(self, cards: Mapping[str, str]) -> dict[str, Any]:
        """Return who is named to pay, and the tip: each way comes up, in random order."""
        if not self._ways:
            self._ways = self.random.sample(WAYS, len(WAYS))
        way, tip = self._ways.pop(), self.tip()
        self.drawn[f"paid by {', '.join(way) or 'what was said'}"] += 1
        self.drawn["no tip" if tip is None else f"tip by {next(iter(tip))}"] += 1
        return {
            **({"tenders": self.tenders(way, cards)} if way else {}),
            **({"tip": tip} if tip is not None else {}),
        }

    def tip(self) -> dict[str, Any] | None:
        """Return a tip, an amount or a percentage, or none."""
        kind = self.random.choice(["none", "percent", "percent", "amount"])
        percent, amount = self.random.randint(0, 30), self.random.randint(0, 500)
        return {"percent": {"percent": percent}, "amount": {"amount_minor": amount}}.get(kind)

    def tenders(self, way: Sequence[str], cards: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return the tenders of a way to pay; `cards` are the customer's, by their token."""
        first = self.random.choices(list(CARDS), list(CARDS.values()))[0]
        second = self.random.choice([token for token in CARDS if token != first])
        kinds = {
            "till": AT_PICKUP,
            "wallet": WALLET,
            "card": {"kind": "card", "method_id": cards[first]},
            "other card": {"kind": "card", "method_id": cards[second]},
        }
        return [
            kinds[each.removesuffix(" most")]
            | ({"most_minor": self.random.randint(1, 1_500)} if each.endswith(" most") else {})
            for each in way
        ]

    def chance(self, probability: float) -> bool:
        """Tell whether it comes so."""
        return self.random.random() < probability
