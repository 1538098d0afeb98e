"""The facts of notifications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from ...events import Fact, for_reactions


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationDue(Fact):
    """Something is to be told, not before an instant; the fact holds its id and nothing of it."""

    subject: ClassVar[str] = "notification"
    not_before: datetime = for_reactions()  # noqa: RUF009 - a field of the dataclass
