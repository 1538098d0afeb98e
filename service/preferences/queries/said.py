"""What a customer says, read once per state of it and kept in this process."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...cache import BoundedCache
from ...sources import Source
from ..models import Preference
from ..rules import NOTHING, Said, Spoken, said

_PREFERENCES: sa.Table = Preference.__table__  # type: ignore[assignment]
_CUSTOMER: sa.BindParameter[UUID] = sa.bindparam("customer_id", type_=sa.Uuid())
_known: BoundedCache[tuple[UUID, int], Said] = BoundedCache(2_000)


def revision_of(customer_id: sa.ColumnExpressionArgument[UUID]) -> sa.ScalarSelect[int]:
    """Return the state of all that the customer says as an expression to embed in another statement: every change makes
    it larger, and it is 0 for someone who never said anything."""
    versions = sa.select(sa.type_coerce(sa.func.coalesce(sa.func.sum(_PREFERENCES.c.version), 0), sa.BigInteger))
    return versions.where(_PREFERENCES.c.customer_id == customer_id).correlate_except(_PREFERENCES).scalar_subquery()


_REVISION = sa.select(revision_of(_CUSTOMER))
_VALUES = sa.select(
    _PREFERENCES.c.kind, _PREFERENCES.c.id, _PREFERENCES.c.version, _PREFERENCES.c.value, _PREFERENCES.c.said_at
).where(_PREFERENCES.c.customer_id == _CUSTOMER)


def said_by(session: Session, *, customer_id: UUID) -> Said:
    """Return all that the customer says. Not for a transaction that changes it."""
    revision = int(session.connection().execute(_REVISION, {"customer_id": customer_id}).scalar_one())
    return said_at(session, customer_id=customer_id, revision=revision)


def said_at(session: Session, *, customer_id: UUID, revision: int) -> Said:
    """Return all that the customer says in a state that the caller has just read; no statement where it is known.

    Where they said something meanwhile, it is the newer state.
    """
    if revision == 0:
        return NOTHING
    found = _known.get((customer_id, revision))
    return found if found is not None else _read(session, customer_id)


def _read(session: Session, customer_id: UUID) -> Said:
    rows = session.connection().execute(_VALUES, {"customer_id": customer_id}).all()
    by_kind = {
        row.kind: Spoken(row.value, Source("customer_rule", row.kind, row.id, row.version, row.said_at))
        for row in rows
        if row.value is not None
    }
    # Of these very rows: something may have been said since the revision was read.
    found = said(sum(row.version for row in rows), by_kind)
    _known.put((customer_id, found.revision), found)
    return found
