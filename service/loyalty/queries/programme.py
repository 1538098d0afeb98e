"""The programme's versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...cache import BoundedCache
from ...errors import NotFound
from ..models import ProgrammeVersion, RewardStock
from ..rules.programme import Programme, in_force, programme_of

_known: BoundedCache[UUID, Programme] = BoundedCache(100)
_VERSIONS = sa.select(ProgrammeVersion.version, ProgrammeVersion.id).order_by(ProgrammeVersion.version)


def versions(session: Session) -> list[Programme]:
    """Return every version, the oldest first; one statement where they are known."""
    rows = session.execute(_VERSIONS).all()
    found = {row.version: _known.get(row.id) for row in rows}
    missing = [version for version, programme in found.items() if programme is None]
    if missing:
        for row in session.scalars(sa.select(ProgrammeVersion).where(ProgrammeVersion.version.in_(missing))):
            found[row.version] = programme = programme_of(row.version, row.effective_at, row.document)
            _known.put(row.id, programme)
    return [programme for programme in found.values() if programme is not None]


def programme_at(session: Session, *, at: datetime) -> Programme:
    """Return the version in force at an instant. Raises NotFound: there is no programme then."""
    programme = in_force(versions(session), at)
    if programme is None:
        raise NotFound("loyalty programme")
    return programme


def prices_of(programmes: Sequence[Programme], reward_key: str) -> dict[int, int | None]:
    """Return what a reward costs under each version, None where it doesn't offer it."""
    return {each.version: _stars(each, reward_key) for each in programmes}


def _stars(programme: Programme, reward_key: str) -> int | None:
    reward = programme.rewards.get(reward_key)
    return reward.stars if reward is not None else None


def shown_programme(session: Session, *, now: datetime) -> dict[str, Any]:
    """Return the version in force and those to come, each with what it changes. Raises NotFound."""
    current = programme_at(session, at=now)
    rows = session.scalars(
        sa.select(ProgrammeVersion)
        .where(ProgrammeVersion.version >= current.version)
        .order_by(ProgrammeVersion.version)
    ).all()
    shown = [_shown(row) for row in rows]
    return {"current": shown[0], "upcoming": shown[1:]}


def _shown(row: ProgrammeVersion) -> dict[str, Any]:
    return {
        "version": row.version,
        "effective_at": row.effective_at,
        "published_at": row.published_at,
        **row.document,
        "changes": row.changes,
    }


def document_of(session: Session, *, version: int) -> dict[str, Any]:
    """Return the terms of a version. Raises NotFound."""
    row = session.get(ProgrammeVersion, version)
    if row is None:
        raise NotFound("version")
    return _shown(row)


def shown_rewards(session: Session, *, now: datetime) -> list[dict[str, Any]]:
    """Return the rewards that can be redeemed now, the cheapest first; the same for everyone. Raises NotFound."""
    programme = programme_at(session, at=now)
    left = {row.reward_key: row.units_left for row in session.scalars(sa.select(RewardStock))}
    document = document_of(session, version=programme.version)
    return [
        {**each, "left": left.get(each["key"])}
        for each in sorted(document["rewards"], key=lambda each: (each["stars"], each["key"]))
    ]
