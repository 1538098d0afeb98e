"""What happens to orders, as facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from ...events import Fact, for_reactions

SUBJECT = "order"
"""What the facts of orders are about."""
WALK_IN = "walk_in"
"""What the facts of walk-ins are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _OrderFact(Fact):
    subject: ClassVar[str] = SUBJECT

    store_id: UUID
    state: str
    version: int
    # The grant under which somebody did this for the customer; only then a member of the payload.
    grant_id: UUID | None = None

    def payload(self) -> dict[str, Any]:
        """Return the fact's own members, JSON-ready."""
        members = Fact.payload(self)
        if self.grant_id is None:
            del members["grant_id"]
        return members


def about(order: Mapping[str, Any], now: datetime, **changed: Any) -> dict[str, Any]:
    """Return what every fact of an order says, from the order's row as `changed`."""
    members = {name: order[name] for name in ("store_id", "state", "version")}
    return {"subject_id": order["id"], "happened_at": now, **members, **changed}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(_OrderFact):
    """A customer placed an order; the promise is the window."""

    code: str
    window_starts_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged(_OrderFact):
    """A customer changed an order that was not fired yet."""

    window_starts_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoved(_OrderFact):
    """An order went from one state to another."""

    from_state: str
    ended: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefunded(_OrderFact):
    """Money was given back for an order."""

    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerArriving(_OrderFact):
    """The customer said when they will be there, or that they are."""

    expected_at: datetime
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRevised(_OrderFact):
    """The store can't keep the window and proposes another, or (`accepted`) the customer took that one."""

    number: int
    window_starts_at: datetime
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseKept(_OrderFact):
    """The order was first ready by the end of its window."""

    window_starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseMissed(_OrderFact):
    """The order was first ready after its window; `remedy` is what the customer chose for that, applied
    once; of stars, how many they were promised; of money, how much that is (minor units of the currency).

    This is the port for remedies that cost something: whoever keeps stars or money reacts to it.
    """

    window_starts_at: datetime
    remedy: str
    late_seconds: int
    stars: int = 0
    amount_minor: int = 0
    currency: str | None = None
    customer_id: UUID = for_reactions()


@dataclass(frozen=True, slots=True, kw_only=True)
class _WalkInFact(Fact):
    subject: ClassVar[str] = WALK_IN

    store_id: UUID
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkInRegistered(_WalkInFact):
    """Someone ordered in the shop."""

    label: str | None
    expected_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkInTouched(_WalkInFact):
    """Something of a walk-in was begun, made or taken back; `state` is where it is now."""

    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkInEnded(_WalkInFact):
    """A walk-in's order was handed over (`picked_up`), or they went (`cancelled`)."""

    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLinesChanged(_OrderFact):
    """Lines of an order could not be made: they were taken out, or others took their place."""

    positions: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAsked(_OrderFact):
    """The customer was asked what to do about a line that can't be made."""

    number: int
    position: int
    deadline_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAnswered(_OrderFact):
    """The customer answered, or the deadline did."""

    number: int
    answer: str
    answered_by: str


STANDING_ORDER = "standing_order"
"""What the facts of standing orders are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _StandingOrderFact(Fact):
    subject: ClassVar[str] = STANDING_ORDER

    on: date
    pickup_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOrderPlaced(_StandingOrderFact):
    """A standing order was placed for a day."""

    order_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOrderFailed(_StandingOrderFact):
    """A day's order was placed, and its card didn't pay: it is cancelled, and all it held is free. `reason` is what the
    bank said."""

    order_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOrderAsked(_StandingOrderFact):
    """A day's order was not placed, and its customer is asked what to do: it costs more than they said it may, or can't
    be made as said."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOrderSkipped(_StandingOrderFact):
    """A day's order was not placed, as its customer said for that."""

    reason: str
