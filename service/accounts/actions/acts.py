"""What is done under a grant: held while it is done, and logged with it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import NotFound
from ..models import DelegatedAct, Grant
from ..rules.grants import Acting

_GRANTS: sa.Table = Grant.__table__  # type: ignore[assignment]
_HOLD = (
    sa.select(_GRANTS.c.id)
    .where(
        _GRANTS.c.id == sa.bindparam("grant_id"),
        _GRANTS.c.receiver_id == sa.bindparam("person_id"),
        _GRANTS.c.ended_at.is_(None),
        _GRANTS.c.expires_at > sa.bindparam("now"),
    )
    .with_for_update()
)
# inline: nobody reads its number back, so the statement can travel in a pipeline.
_INSERT = sa.insert(DelegatedAct.__table__).inline()  # type: ignore[arg-type]


def hold_grant(session: Session, acting: Acting, *, now: datetime) -> None:
    """Lock the grant that somebody acts under, before anything else is locked.

    Two acts under one grant take turns, so that no two spend the same room of a day; and once it was revoked, nothing
    is done under it any more. Raises NotFound where it has ended.
    """
    wanted = {"grant_id": acting.grant_id, "person_id": acting.person_id, "now": now}
    if session.connection().execute(_HOLD, wanted).first() is None:
        raise NotFound("grant")


def record_act(
    session: Session,
    acting: Acting,
    *,
    operation: str,
    order_id: UUID,
    amount_minor: int | None,
    currency: str | None,
    now: datetime,
) -> None:
    """Log what was done under the grant, for both to see; `amount_minor` is what the order costs now."""
    row = {
        "grant_id": acting.grant_id,
        "person_id": acting.person_id,
        "operation": operation,
        "order_id": order_id,
        "amount_minor": amount_minor,
        "currency": currency,
        "happened_at": now,
    }
    session.connection().execute(_INSERT, row)
