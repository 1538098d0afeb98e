"""Facts of loyalty: that stars moved, and how many; never what for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from ...events import Fact, for_reactions

MEMBER = "loyalty_member"


@dataclass(frozen=True, slots=True, kw_only=True)
class StarsMoved(Fact):
    """An entry was appended to a member's ledger."""

    subject: ClassVar[str] = MEMBER
    number: int
    kind: str
    stars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StarsDiffered(Fact):
    """An order earned other stars than it was shown to: lines of it were not made, or its customer left the programme.
    `differences` name each rule with what it was shown to give, and gave. Which order, only reactions are told: a fact
    of a member outlives an order that they want forgotten."""

    subject: ClassVar[str] = MEMBER
    order_id: UUID = for_reactions()
    differences: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsMerged(Fact):
    """Another account was brought into a member's, with so many stars."""

    subject: ClassVar[str] = MEMBER
    merger_id: UUID
    stars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StarsExpiring(Fact):
    """A member is reminded, as they said, of the stars that expire at an instant, all together; `lot_id` is one of
    their lots."""

    subject: ClassVar[str] = MEMBER
    lot_id: UUID
    stars: int
    expires_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammePublished(Fact):
    """A version of the programme was published; it takes effect at an instant."""

    subject: ClassVar[str] = "loyalty_programme"
    version: int
    effective_at: str
