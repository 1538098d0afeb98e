"""Facts of preferences: that something was said or saved, never what."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualChanged(Fact):
    """A customer changed a usual, or forgot it."""

    subject: ClassVar[str] = "usual"
    customer_id: UUID
    version: int
    is_forgotten: bool
