"""The next version of a preference: one row appended, the one that holds now moved on with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ... import events
from ...db import new_id
from ...errors import VersionMismatch
from ..models import Preference, PreferenceVersion
from .facts import PreferenceChanged


def locked(session: Session, customer_id: UUID, kind: str, expected_version: int) -> Preference | None:
    """Return the customer's preference of the kind, None where nothing was ever said. Raises VersionMismatch."""
    # Locked: two changes made from the same version must not both find it.
    found = session.get(Preference, (customer_id, kind), with_for_update=True, populate_existing=True)
    version = found.version if found is not None else 0
    if version != expected_version:
        raise VersionMismatch(version)
    return found


def append(
    session: Session,
    *,
    customer_id: UUID,
    kind: str,
    before: Preference | None,
    value: dict[str, Any] | None,
    how: str,
    now: datetime,
    restored: int | None = None,
) -> None:
    """Append a version and let it hold.

    Where another first version was appended meanwhile the commit fails on its key, and the edge runs the change again.
    """
    if before is None:
        before = Preference(customer_id=customer_id, kind=kind, id=new_id(), version=0)
        session.add(before)
    before.version, before.value, before.said_at = before.version + 1, value, now
    session.add(
        PreferenceVersion(
            customer_id=customer_id,
            kind=kind,
            version=before.version,
            how=how,
            value=value,
            restored=restored,
            said_at=now,
        )
    )
    events.record(
        session,
        PreferenceChanged(
            subject_id=before.id,
            happened_at=now,
            customer_id=customer_id,
            kind=kind,
            version=before.version,
            how=how,
        ),
    )


def version_of(session: Session, customer_id: UUID, kind: str, version: int) -> PreferenceVersion | None:
    """Return one version of what the customer said of the kind."""
    return session.get(PreferenceVersion, (customer_id, kind, version))


def take_values_away(session: Session, customer_id: UUID, kind: str, now: datetime) -> None:
    """Forget what every version said; that there were versions stays."""
    session.execute(
        sa.update(PreferenceVersion)
        .where(PreferenceVersion.customer_id == customer_id, PreferenceVersion.kind == kind)
        .where(PreferenceVersion.forgotten_at.is_(None))
        .values(value=None, forgotten_at=now)
    )
