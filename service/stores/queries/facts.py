"""The facts of a store that other packages read, kept in this process by version."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...cache import BoundedCache
from ...errors import NotFound
from ..models import HoursException, Station, Store, TaxRate
from ..rules import StoreFacts
from ..rules.remedies import remedy_steps

_STORE: sa.Table = Store.__table__  # type: ignore[assignment]
_ID: sa.BindParameter[UUID] = sa.bindparam("store_id")
_VERSION = sa.select(_STORE.c.version).where(_STORE.c.id == _ID)
_ROW = sa.select(_STORE).where(_STORE.c.id == _ID)
_EXCEPTIONS = sa.select(HoursException.on_date, HoursException.hours).where(HoursException.store_id == _ID)
_STATIONS = sa.select(Station.kind, Station.makers).where(Station.store_id == _ID)
_TAX_RATES = sa.select(TaxRate.category, TaxRate.rate_bps).where(TaxRate.store_id == _ID)

# Facts by store and version. Nobody reads facts in a transaction that changes a store, so no version is ever
# kept that was then rolled back.
_facts: BoundedCache[tuple[UUID, int], StoreFacts] = BoundedCache(5_000)


def store_facts(session: Session, store_id: UUID) -> StoreFacts:
    """Return what other packages need of a store, from this process's memory while its version stands.

    Not for a transaction that changes stores. Raises NotFound.
    """
    version = session.execute(_VERSION, {"store_id": store_id}).scalar()
    if version is None:
        raise NotFound("store")
    return store_facts_at(session, store_id, version)


def store_facts_at(session: Session, store_id: UUID, version: int) -> StoreFacts:
    """Return the facts of a store whose current version the caller has just read; no statement where they are known.

    Where the store changed meanwhile, they are the newer ones. Raises NotFound.
    """
    facts = _facts.get((store_id, version))
    if facts is None:
        facts = current_facts(session, store_id)
        _facts.put((store_id, facts.version), facts)
    return facts


def version_of(store_id: sa.ColumnElement[UUID]) -> sa.ScalarSelect[int]:
    """Return the version of the store as a subquery, to read along in another statement."""
    return sa.select(Store.version).where(Store.id == store_id).scalar_subquery()


def current_facts(session: Session, store_id: UUID) -> StoreFacts:
    """Return the facts of a store as the session's transaction sees them. Raises NotFound."""
    # The store first: what is read after it can only be newer, and then its version is no longer asked for.
    row = session.execute(_ROW, {"store_id": store_id}).mappings().first()
    if row is None:
        raise NotFound("store")
    of_store = {"store_id": store_id}
    exceptions = {part.on_date: part.hours for part in session.execute(_EXCEPTIONS, of_store)}
    stations = {part.kind: part.makers for part in session.execute(_STATIONS, of_store)}
    tax_rates = {part.category: part.rate_bps for part in session.execute(_TAX_RATES, of_store)}
    return facts_of(row, exceptions=exceptions, stations=stations, tax_rates=tax_rates)


def facts_of(row: Any, *, exceptions: Any, stations: Any, tax_rates: Any) -> StoreFacts:
    """Return the facts of a store's row and parts."""
    return StoreFacts(
        id=row["id"],
        number=row["number"],
        name=row["name"],
        timezone=row["timezone"],
        currency=row["currency"],
        country=row["country"],
        hours=row["hours"],
        exceptions=exceptions,
        lead_minutes=row["lead_minutes"],
        cutoff_minutes=row["cutoff_minutes"],
        is_paused=row["paused_at"] is not None,
        paused_until=row["paused_until"],
        pause_reason=row["pause_reason"],
        walk_in_percent=row["walk_in_percent"],
        busy_minutes=row["busy_minutes"],
        busy_until=row["busy_until"],
        busy_reason=row["busy_reason"],
        remedy_table=remedy_steps(row["remedy_table"]),
        pickup_methods=tuple(row["pickup_methods"]),
        notice=row["notice"],
        stations=stations,
        tax_inclusive=row["tax_inclusive"],
        tax_rates={"standard": 0} | tax_rates,
        version=row["version"],
    )
