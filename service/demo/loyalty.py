"""The invented chain's loyalty programme, in the form that an operator writes it in (docs/loyalty.md)."""

from __future__ import annotations

from typing import Any

WELCOME_STARS = 120
"""What the demo's member begins with: enough for a reward."""

PROGRAMME: dict[str, Any] = {
    "effective_on": "2026-01-01",
    "timezone": "America/New_York",
    "name": "Copperlark Stars",
    "accruals": [
        {
            "key": f"base-{currency.lower()}",
            "label": f"2 stars for every whole {name}",
            "kind": "per_amount",
            "stars": 2,
            "per_minor": 100,
            "currency": currency,
        }
        for currency, name in (("USD", "dollar"), ("GBP", "pound"), ("NZD", "dollar"))
    ]
    + [
        {
            "key": "early",
            "label": "5 stars more for what is baked, before 9 on weekdays",
            "kind": "per_item",
            "stars": 5,
            "categories": ["bakery"],
            "daypart": "Mo-Fr 05:00-09:00",
        }
    ],
    "tiers": [
        {"key": "nest", "label": "Nest", "threshold": 0, "benefits": ["Your stars, and everything in this programme"]},
        {"key": "wing", "label": "Wing", "threshold": 400, "benefits": ["A refill of filter coffee with any order"]},
        {"key": "song", "label": "Song", "threshold": 1500, "benefits": ["As Wing", "A tasting for two, each season"]},
    ],
    "rewards": [
        {
            "key": "bake",
            "label": "Anything from the oven",
            "stars": 80,
            "kind": "item",
            "categories": ["bakery"],
            "amounts": [{"amount_minor": 600, "currency": currency} for currency in ("USD", "GBP", "NZD")],
        },
        {
            "key": "off-5",
            "label": "Up to 5.00 off an order",
            "stars": 100,
            "kind": "value",
            "amounts": [{"amount_minor": 500, "currency": currency} for currency in ("USD", "GBP", "NZD")],
        },
        {
            "key": "first-roast",
            "label": "A bag of the year's first roast",
            "stars": 300,
            "kind": "item",
            "categories": ["shop"],
            "amounts": [{"amount_minor": 2500, "currency": currency} for currency in ("USD", "GBP", "NZD")],
            "stock": 50,
        },
    ],
    "promotions": [
        {
            "key": "tea-year",
            "label": "A year of tea",
            "terms": "10 stars more for every tea or chocolate; they count towards no tier.",
            "starts_on": "2026-01-01",
            "ends_on": "2027-12-31",
            "accrual": {"kind": "per_item", "stars": 10, "categories": ["tea"], "qualifies": False},
        }
    ],
    "expiry": {"months": 12, "grace_days": 30},
    "pending_days": 0,
    "gift_days": 14,
    "claim_days": 60,
    "remedy_stars": 25,
}
