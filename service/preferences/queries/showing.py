"""What a customer says, as it is shown to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Preference, PreferenceVersion
from ..rules import KINDS, Standing


def shown_preferences(session: Session, *, customer_id: UUID) -> list[dict[str, Any]]:
    """Return what the customer says now, in the catalogue's order."""
    mine = sa.select(Preference).where(Preference.customer_id == customer_id, Preference.value.is_not(None))
    found = {each.kind: each for each in session.scalars(mine)}
    return [_shown(kind, found[kind]) for kind in KINDS if kind in found]


def shown_preference(session: Session, *, customer_id: UUID, kind: str) -> dict[str, Any]:
    """Return what the customer says of a kind; version 0 with no value for what they never said."""
    return _shown(kind, session.get(Preference, (customer_id, kind)))


def _shown(kind: str, said: Preference | None) -> dict[str, Any]:
    if said is None:
        return {"kind": kind, "id": None, "version": 0, "value": None, "said_at": None}
    return {"kind": kind, "id": said.id, "version": said.version, "value": said.value, "said_at": said.said_at}


def shown_versions(
    session: Session, *, customer_id: UUID, kind: str, before: int | None, limit: int
) -> Sequence[sa.RowMapping]:
    """Return up to `limit` + 1 versions of a kind from before one, the newest first."""
    table = PreferenceVersion.__table__
    mine = sa.select(
        *(table.c[name] for name in ("version", "how", "value", "restored", "said_at", "forgotten_at"))
    ).where(table.c.customer_id == customer_id, table.c.kind == kind)
    if before is not None:
        mine = mine.where(table.c.version < before)
    return list(session.execute(mine.order_by(table.c.version.desc()).limit(limit + 1)).mappings())


def standing(session: Session, *, customer_id: UUID) -> dict[str, Standing]:
    """Return what the customer says of each kind of which they ever said something, straight from the table."""
    table = Preference.__table__
    mine = sa.select(table.c.kind, table.c.version, table.c.value).where(table.c.customer_id == customer_id)
    return {row.kind: Standing(row.version, row.value) for row in session.execute(mine)}
