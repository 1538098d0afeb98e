"""Whether somebody is a member, and in which promotions, read inside another package's statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...cache import BoundedCache
from ..models import Member, OptIn, ProgrammeVersion
from ..rules.earning import Basket, Membership, Preview
from ..rules.programme import Programme
from .programme import versions

_MEMBERS: sa.Table = Member.__table__  # type: ignore[assignment]
_OPT_INS: sa.Table = OptIn.__table__  # type: ignore[assignment]
_VERSIONS: sa.Table = ProgrammeVersion.__table__  # type: ignore[assignment]
_BETWEEN = "\x1f"  # a control character: no key has one

# Versions are published and never changed: whoever knows the newest knows all.
_known: BoundedCache[UUID, Sequence[Programme]] = BoundedCache(20)


def newest_version_for(customer_id: sa.ColumnExpressionArgument[UUID]) -> sa.ScalarSelect[UUID]:
    """Return the id of the programme's newest version as an expression to embed in another statement; NULL for who
    isn't a member."""
    is_in = sa.exists().where(_MEMBERS.c.customer_id == customer_id, _MEMBERS.c.left_at.is_(None))
    newest = sa.select(_VERSIONS.c.id).where(is_in.correlate_except(_MEMBERS)).order_by(_VERSIONS.c.version.desc())
    return newest.limit(1).correlate_except(_VERSIONS).scalar_subquery()


def promotions_of(customer_id: sa.ColumnExpressionArgument[UUID]) -> sa.ScalarSelect[str]:
    """Return the promotions that a member is in, as one text to be read by `membership`; NULL for none."""
    mine = sa.select(sa.func.aggregate_strings(_OPT_INS.c.promotion, _BETWEEN))
    mine = mine.join(_MEMBERS, _MEMBERS.c.id == _OPT_INS.c.member_id).where(_MEMBERS.c.customer_id == customer_id)
    return mine.correlate_except(_OPT_INS, _MEMBERS).scalar_subquery()


def membership(session: Session, *, newest: UUID | None, promotions: str | None) -> Membership | None:
    """Return the membership that the two expressions say, None for who isn't a member. No statement, unless a version
    was published that this process doesn't know."""
    if newest is None:
        return None
    programmes = _known.get(newest)
    if programmes is None:
        programmes = versions(session)
        _known.put(newest, programmes)
    return Membership(programmes, frozenset(promotions.split(_BETWEEN) if promotions else ()))


_MEMBERSHIP = sa.select(
    newest_version_for(sa.bindparam("customer_id", type_=sa.Uuid())),
    promotions_of(sa.bindparam("customer_id", type_=sa.Uuid())),
)


def preview(session: Session, *, customer_id: UUID, basket: Basket) -> Preview | None:
    """Return what a basket will earn the customer, as it will be posted; None for who isn't a member, or where there is
    no programme."""
    row: Any = session.execute(_MEMBERSHIP, {"customer_id": customer_id}).one()
    mine = membership(session, newest=row[0], promotions=row[1])
    return mine.preview(basket) if mine is not None else None
