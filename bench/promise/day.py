"""A day's arrivals, seeded: who comes when, and what they want."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

OPENS_AT = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
HOURS = 12
MAKERS = {"bar": 2, "oven": 1, "cold": 1}

# Arrivals in each half hour from 6:30 as a share of the busiest: a morning that rises steeply, a lunch, a tail.
SHAPE = (
    0.30, 0.55, 0.80, 1.00, 0.95, 0.80, 0.62, 0.50, 0.46, 0.48, 0.60, 0.74,
    0.78, 0.70, 0.52, 0.42, 0.38, 0.40, 0.42, 0.38, 0.32, 0.26, 0.20, 0.12,
)  # fmt: skip
# In the busiest half hour the bar, the slowest station, is asked for this share of what it can do.
LOADS = {"calm": 0.5, "busy": 1.0, "overloaded": 1.4}
WALK_INS = 0.35
SCHEDULED = 0.25

# What is ordered: its weight, and the seconds of each station.
ITEMS: tuple[tuple[int, dict[str, int]], ...] = (
    (24, {"bar": 60}),  # milk drinks
    (10, {"bar": 75}),  # with syrups
    (8, {"bar": 40}),  # espresso, americano
    (16, {"bar": 15}),  # filter coffee
    (6, {"bar": 90}),  # blended
    (12, {"oven": 60}),  # warmed pastry
    (8, {"cold": 25}),  # from the counter
    (5, {"cold": 70}),  # a bowl
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Someone who wants `pieces` (station, seconds): now, or from `wanted_at` on; a walk-in stands in the shop."""

    at: datetime
    pieces: tuple[tuple[str, int], ...]
    is_walk_in: bool
    wanted_at: datetime | None


def arrivals(load: str, seed: int) -> list[Arrival]:
    """Return the day's arrivals in their order."""
    draw = random.Random(f"{load} {seed}")
    most = LOADS[load] * MAKERS["bar"] * 1800 / _bar_seconds_expected()
    found = []
    for number, share in enumerate(SHAPE):
        begins = OPENS_AT + timedelta(minutes=30 * number)
        at = draw.expovariate(most * share / 1800)
        while at < 1800:
            found.append(_arrival(begins + timedelta(seconds=int(at)), draw))
            at += draw.expovariate(most * share / 1800)
    return found


def _arrival(at: datetime, draw: random.Random) -> Arrival:
    is_walk_in = draw.random() < WALK_INS
    pieces = []
    for _ in range(draw.choices((1, 2, 3, 5), (58, 28, 11, 3))[0]):
        (item,) = draw.choices([work for _, work in ITEMS], [weight for weight, _ in ITEMS])
        pieces += list(item.items())
    wanted_at = None
    if not is_walk_in and draw.random() < SCHEDULED:
        wanted_at = at + timedelta(minutes=draw.randint(20, 120))
    return Arrival(at, tuple(pieces), is_walk_in, wanted_at)


def _bar_seconds_expected() -> float:
    weights = sum(weight for weight, _ in ITEMS)
    bar = sum(weight * work.get("bar", 0) for weight, work in ITEMS) / weights
    return bar * (1 * 0.58 + 2 * 0.28 + 3 * 0.11 + 5 * 0.03)
