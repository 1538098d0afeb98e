"""What a payment provider has to be able to do: the port. Nothing here is called inside of a transaction.

Opening a payment moves no money; what does is asked of an opened one by its reference, so whoever isn't sure can look
it up first, however long ago it was. Each call carries a key of its own, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ..rules.seen import Seen

CONNECT_SECONDS, READ_SECONDS = 2.0, 8.0


class Unknown(Exception):
    """No answer came, or one that says nothing: it may have been done, or not. Never "failed"."""


class Refused(Exception):
    """The provider says no for good; `reason` is one of its codes."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unsigned(Exception):
    """A webhook that isn't the provider's own, or too old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A payment method as its provider describes it; `expires` is a month, 2031-07."""

    token: str
    customer: str
    kind: str
    brand: str
    last4: str
    expires: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A payment to be opened. `key` makes it one, however often it is asked for."""

    key: UUID
    token: str
    customer: str
    amount_minor: int
    currency: str
    captures_at_once: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is believed of a webhook: that the provider sent it, and which payment it is about, if any."""

    event_id: str
    reference: str | None


class Provider(Protocol):
    """A payment provider. Every method that calls it raises Unknown, and Refused but for `look_up`."""

    name: str

    def keep(self, token: str, *, customer_id: UUID, customer: str | None) -> Kept:
        """Keep a method for its customer (by the provider's name for them, made where there is none yet)."""

    def forget(self, token: str) -> None:
        """Forget a method; forgetting it again does nothing."""

    def open(self, asked: Asked) -> str:
        """Tell the provider of a payment; return its reference. Moves no money. Refused: it never can be paid."""

    def look_up(self, reference: str) -> Seen:
        """Return the payment as it is now."""

    def authorise(self, reference: str, *, key: UUID) -> Seen:
        """Reserve its amount, or capture it where it was opened so."""

    def capture(self, reference: str, *, amount_minor: int, key: UUID) -> Seen:
        """Take what was reserved, or less, and let the rest go."""

    def void(self, reference: str, *, key: UUID) -> Seen:
        """Let go what was reserved or opened."""

    def refund(self, reference: str, *, amount_minor: int, key: UUID) -> Seen:
        """Give back some of what was captured."""

    def hear(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Heard:
        """Return what a webhook is about. Raises Unsigned."""
