"""Links to a store's ready board."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import newest
from ...errors import NotFound
from ..models import BoardLink
from ..rules.boards import hash_of

_LINK = sa.select(BoardLink.id, BoardLink.store_id).where(
    BoardLink.token_hash == sa.bindparam("token_hash"), BoardLink.revoked_at.is_(None)
)


def board_link(session: Session, *, token: str) -> sa.Row[UUID, UUID]:
    """Return `id` and `store_id` of the link with this token. Raises NotFound for one that never was or was revoked."""
    row = session.connection().execute(_LINK, {"token_hash": hash_of(token)}).first()
    if row is None:
        raise NotFound("board")
    return row


def standing_links(session: Session, link_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the links that were not revoked."""
    wanted = sa.select(BoardLink.id).where(BoardLink.id.in_(link_ids), BoardLink.revoked_at.is_(None))
    return set(session.execute(wanted).scalars())


def board_links(session: Session, *, store_id: UUID, before_id: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 of the store's links that were not revoked, the newest first, those before
    `before_id`."""
    wanted = sa.select(BoardLink.id, BoardLink.name, BoardLink.created_at).where(
        BoardLink.store_id == store_id, BoardLink.revoked_at.is_(None)
    )
    rows = session.execute(newest(wanted, BoardLink.id, before=before_id, limit=limit)).mappings()
    return [dict(row) for row in rows]
