"""How a store reads its queue."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ...errors import Invalid
from ..models import QueueSettings


def set_queue_settings(
    session: Session,
    *,
    store_id: UUID,
    hurry_after_seconds: int,
    late_after_seconds: int,
    board_clears_after_seconds: int,
    by: UUID,
    now: datetime,
) -> None:
    """Set the ages at which a ticket calls for attention, and how long the board shows what is ready.

    Raises Invalid.
    """
    if late_after_seconds < hurry_after_seconds:
        raise Invalid({"late_after_seconds": ["Late comes after hurry."]})
    session.merge(
        QueueSettings(
            store_id=store_id,
            hurry_after_seconds=hurry_after_seconds,
            late_after_seconds=late_after_seconds,
            board_clears_after_seconds=board_clears_after_seconds,
            changed_at=now,
            changed_by=by,
        )
    )
