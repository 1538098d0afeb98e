"""What happens at the queue, as facts of the orders it happens to. Who did it stands in the log, not in the facts:
the order's customer reads them too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from ...events import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTouched(Fact):
    """Staff bumped, started or recalled something of a ticket, or undid that. `rows` holds position, station and the
    state it is in now."""

    subject: ClassVar[str] = "order"

    store_id: UUID
    version: int
    kind: str
    rows: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMarked(Fact):
    """A ticket was marked: as urgent, as urgent no more, or as a void that the queue has seen."""

    subject: ClassVar[str] = "order"

    store_id: UUID
    version: int
    mark: str
