"""Going back to an earlier version, and having all of it forgotten."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ...errors import NotFound
from ..errors import NothingToUndo
from .versions import append, locked, take_values_away, version_of


def undo(
    session: Session, *, customer_id: UUID, kind: str, expected_version: int, to_version: int | None, now: datetime
) -> None:
    """Let an earlier version hold again, the one before this unless another is named: as a new version, so that an
    undo can be undone. Version 0 is when nothing was said.

    Raises NotFound, VersionMismatch, NothingToUndo.
    """
    before = locked(session, customer_id, kind, expected_version)
    if before is None:
        raise NotFound("preference")
    target = before.version - 1 if to_version is None else to_version
    if target >= before.version:
        raise NothingToUndo("Name a version from before this one.")
    restored = version_of(session, customer_id, kind, target) if target > 0 else None
    if restored is None and target > 0:
        raise NotFound("version")
    if restored is not None and restored.forgotten_at is not None:
        raise NothingToUndo("What that version said was forgotten.")
    append(
        session,
        customer_id=customer_id,
        kind=kind,
        before=before,
        value=restored.value if restored is not None else None,
        how="undone",
        restored=target,
        now=now,
    )


def forget(session: Session, *, customer_id: UUID, kind: str, expected_version: int, now: datetime) -> None:
    """Take away what every version of a kind said, for good: that there were versions, and when, is all that stays.

    Raises NotFound, VersionMismatch.
    """
    before = locked(session, customer_id, kind, expected_version)
    if before is None:
        raise NotFound("preference")
    append(session, customer_id=customer_id, kind=kind, before=before, value=None, how="forgotten", now=now)
    session.flush()  # the tombstone is one of those taken away below
    take_values_away(session, customer_id, kind, now)
