"""Tiers: by the qualifying stars of the last twelve months, and by nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from .programme import Tier


def tier_at(tiers: Sequence[Tier], qualifying: int) -> Tier | None:
    """Return the highest tier that so many qualifying stars reach."""
    reached = [tier for tier in tiers if tier.threshold <= qualifying]
    return max(reached, key=lambda tier: tier.threshold, default=None)


def next_tier(tiers: Sequence[Tier], qualifying: int) -> Tier | None:
    """Return the tier above it, None at the top."""
    above = [tier for tier in tiers if tier.threshold > qualifying]
    return min(above, key=lambda tier: tier.threshold, default=None)
