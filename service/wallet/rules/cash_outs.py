"""Which loads a cash-out goes back to: the newest first, each at most what it brought in and still didn't get back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Channel = Literal["payment_method", "till"]
CHANNELS: tuple[Channel, ...] = ("payment_method", "till")
CashOutState = Literal["pending", "paid", "withdrawn", "returned"]
STATES: tuple[CashOutState, ...] = ("pending", "paid", "withdrawn", "returned")


@dataclass(frozen=True, slots=True)
class Refundable:
    """A load, and how much of it may still go back."""

    load_id: UUID
    amount_minor: int


def split(amount_minor: int, loads: Sequence[Refundable]) -> list[Refundable]:
    """Return what goes back to each load, in their order; less than the amount in all where they don't suffice."""
    parts = []
    for load in loads:
        part = min(amount_minor, load.amount_minor)
        if part > 0:
            parts.append(Refundable(load.load_id, part))
            amount_minor -= part
    return parts


def state_of(parts: Sequence[str]) -> CashOutState:
    """Return what has become of a cash-out whose parts are in these states."""
    if "pending" in parts:
        return "pending"
    return "paid" if "paid" in parts else "returned"
