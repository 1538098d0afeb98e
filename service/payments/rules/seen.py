"""What a provider says of a payment: the one shape that every provider's answers are brought into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from .reversals import DISPUTE, FINAL, OPEN, TAKEN

OPENED = "opened"  # the provider knows of it, and has been asked for nothing yet

DONE, PENDING, REFUSED = "done", "pending", "failed"
NOTHING: Mapping[UUID, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """Something of a payment that the provider's side took back past us, by the provider's own name for it."""

    kind: str
    reference: str
    amount_minor: int
    state: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A payment as its provider has it now: `opened`, or one of our own states (states.py).

    `refunds` says of each refund, by the key that it was asked with, whether it is done, pending or failed;
    `refunded_minor` is what of them is done. `reversals` is what was taken back past us.
    """

    state: str
    authorised_minor: int = 0
    captured_minor: int = 0
    refunded_minor: int = 0
    refunds: Mapping[UUID, str] = field(default_factory=lambda: NOTHING)
    action_url: str | None = None
    may_revive: bool = False  # failed, but somebody could try again there: it is to be let go
    reason: str | None = None
    reversals: tuple[Reversal, ...] = ()

    @property
    def taken_back_minor(self) -> int:
        """What of it was taken back past us, and not put back."""
        return sum(each.amount_minor for each in self.reversals if each.state in TAKEN)

    @property
    def is_disputed(self) -> bool:
        """Whether its customer's bank has some of it back and decides yet: so long nothing more is given back of it."""
        return any(each.kind == DISPUTE and each.state == OPEN for each in self.reversals)

    @property
    def lost_minor(self) -> int:
        """What of it its customer's bank has given them for good."""
        return sum(each.amount_minor for each in self.reversals if each.kind == DISPUTE and each.state == FINAL)
