"""Pools: what of the others' stars may be spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from .lots import Lot

MOST_MEMBERS = 10
MOST_INVITATIONS = 10
INVITATION_DAYS = 7


def within_consents(lots: Sequence[Lot], left: Mapping[UUID, int]) -> list[Lot]:
    """Return the lots with as many of their stars as their members let others spend, in the same order; a lot that its
    member gave to the pool, with all of them."""
    rest = dict(left)
    found = []
    for lot in lots:
        stars = lot.remaining if lot.is_pooled else min(lot.remaining, rest.get(lot.member_id, 0))
        if not lot.is_pooled and stars:
            rest[lot.member_id] -= stars
        if stars:
            found.append(replace(lot, remaining=stars))
    return found
