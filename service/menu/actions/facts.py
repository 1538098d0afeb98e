"""What happens to a store's menu."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from ...events import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedSoldOut(Fact):
    """Staff said that the store can't make this, until an instant or (None) until they take it back."""

    subject: ClassVar[str] = "store"
    kind: str
    sold_out_id: UUID
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedAvailable(Fact):
    """Staff took a sold-out mark back."""

    subject: ClassVar[str] = "store"
    kind: str
    available_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRanOut(Fact):
    """The last counted unit of an item was claimed."""

    subject: ClassVar[str] = "store"
    item_id: UUID
