"""Facts of preferences: that something was said, never what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ...events import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceChanged(Fact):
    """A customer said, withdrew, undid or forgot something of a kind."""

    subject: ClassVar[str] = "preference"
    customer_id: UUID
    kind: str
    version: int
    how: str
