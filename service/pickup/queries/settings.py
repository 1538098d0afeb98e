"""How a store reads its queue."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import QueueSettings

DEFAULTS = {"hurry_after_seconds": 240, "late_after_seconds": 480, "board_clears_after_seconds": 600}

_SETTINGS = sa.select(
    QueueSettings.hurry_after_seconds, QueueSettings.late_after_seconds, QueueSettings.board_clears_after_seconds
).where(QueueSettings.store_id == sa.bindparam("store_id"))


def queue_settings(session: Session, *, store_id: UUID) -> dict[str, Any]:
    """Return the store's settings, the defaults where it never set any."""
    row = session.connection().execute(_SETTINGS, {"store_id": store_id}).mappings().first()
    return dict(row) if row is not None else dict(DEFAULTS)
