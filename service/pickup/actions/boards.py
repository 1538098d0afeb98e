"""Links to a store's ready board: made by managers, shown once, revoked at once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import new_id
from ...errors import NotFound
from ...preferences.rules.alias import check_name
from ..models import BoardLink
from ..rules.boards import hash_of

_TOKEN_BYTES = 24
MOST_OF_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A link just made; `token` is told only now."""

    id: UUID
    name: str
    token: str
    created_at: datetime


def make_board_link(session: Session, *, store_id: UUID, name: str, by: UUID, now: datetime) -> NewLink:
    """Make a link to the store's board for one screen, called by its name; it works until it is revoked.

    Raises Invalid for a name that can't be shown as one line.
    """
    name = check_name(name, field="name", most=MOST_OF_NAME)
    link = NewLink(id=new_id(), name=name, token=secrets.token_urlsafe(_TOKEN_BYTES), created_at=now)
    session.add(
        BoardLink(
            id=link.id, store_id=store_id, name=name, token_hash=hash_of(link.token), created_at=now, created_by=by
        )
    )
    return link


def revoke_board_link(session: Session, *, store_id: UUID, link_id: UUID, by: UUID, now: datetime) -> None:
    """End a link: what shows the board by it goes dark. Ending it again changes nothing. Raises NotFound."""
    of_store = sa.and_(BoardLink.id == link_id, BoardLink.store_id == store_id)
    if session.scalar(sa.select(BoardLink.id).where(of_store)) is None:
        raise NotFound("board link")
    revoked = sa.update(BoardLink).where(of_store, BoardLink.revoked_at.is_(None))
    session.execute(revoked.values(revoked_at=now, revoked_by=by))
