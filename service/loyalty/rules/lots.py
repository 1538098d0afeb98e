"""Lots: in which state they are, which of them pay, and when they end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import ceil
from typing import Literal
from uuid import UUID

from .calendar import end_after_days, end_after_months
from .programme import Programme

State = Literal["pending", "available", "spent", "expired", "reversed", "given", "let_go"]
EMPTIED_BY: Mapping[str, State] = {
    "redeemed": "spent",
    "expired": "expired",
    "reversed": "reversed",
    "given": "given",
    "let_go": "let_go",
}
"""The state of a lot that has no stars left, by the kind of the entry that took its last ones."""
STATES: tuple[State, ...] = ("pending", "available", *EMPTIED_BY.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Stars earned together, under one version of the programme; `remaining` are still there."""

    id: UUID
    member_id: UUID
    programme_version: int
    remaining: int
    earned_at: datetime
    available_at: datetime
    expires_at: datetime | None
    is_pooled: bool = False

    def state(self, now: datetime, *, emptied_by: str = "redeemed") -> State:
        """Return the state at an instant; `emptied_by` is the kind of the entry that took its last stars, for who wants
        to know where they went."""
        if self.remaining == 0:
            return EMPTIED_BY[emptied_by]
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return "pending" if now < self.available_at else "available"


@dataclass(frozen=True, slots=True)
class Taken:
    """Stars of one lot that pay for something."""

    lot_id: UUID
    member_id: UUID
    stars: int


def earliest_expiry_first(lots: Sequence[Lot]) -> list[Lot]:
    """Return the lots in the order in which they pay unless the customer says otherwise; what never expires last."""
    return sorted(lots, key=lambda lot: (lot.expires_at is None, lot.expires_at or lot.earned_at, lot.id))


def price_under(prices: Mapping[int, int | None], version_now: int, earned_under: int) -> int | None:
    """Return what a reward costs in stars earned under a version: what it cost then or costs now, whichever is less;
    None where neither offers it."""
    known = [price for price in (prices.get(version_now), prices.get(earned_under)) if price is not None]
    return min(known, default=None)


def pay(lots: Sequence[Lot], prices: Mapping[int, int | None], version_now: int) -> list[Taken] | None:
    """Return how many stars each lot pays for one reward, in the order given; None where they don't suffice.

    A star pays the part of the reward that its own terms say: of a lot earned when the reward cost 100, every star
    pays a hundredth, though it costs 120 now.
    """
    due, taken = Fraction(1), []
    for lot in lots:
        price = price_under(prices, version_now, lot.programme_version)
        if due <= 0 or price is None or lot.remaining == 0:
            continue
        stars = min(lot.remaining, ceil(due * price))
        due -= Fraction(stars, price)
        taken.append(Taken(lot.id, lot.member_id, stars))
    return taken if due <= 0 else None


def take(lots: Sequence[Lot], stars: int) -> list[Taken] | None:
    """Return how many stars each lot gives of so many, in the order given; None where they don't suffice."""
    taken = []
    for lot in lots:
        part = min(lot.remaining, stars)
        if part:
            taken.append(Taken(lot.id, lot.member_id, part))
            stars -= part
    return taken if stars == 0 else None


def expiry_of(programme: Programme, earned_at: datetime) -> datetime | None:
    """Return when stars earned at an instant expire: after the whole of a day in the programme's zone."""
    if programme.expiry_months is None:
        return None
    return end_after_months(earned_at, programme.expiry_months, programme.timezone)


def available_from(programme: Programme, earned_at: datetime) -> datetime:
    """Return from when on stars earned at an instant can be spent."""
    if programme.pending_days == 0:
        return earned_at
    return end_after_days(earned_at, programme.pending_days - 1, programme.timezone)


def with_grace(programme: Programme, expires_at: datetime | None, now: datetime) -> datetime | None:
    """Return when a lot expires that stars came back to: no sooner than the grace days of its terms from now."""
    if expires_at is None:
        return None
    return max(expires_at, end_after_days(now, programme.grace_days, programme.timezone))
