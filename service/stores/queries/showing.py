"""Stores as they are shown: plain documents in the shape of the wire's schemas."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...errors import NotFound
from ..models import HoursException, Store
from ..rules import Banner, StoreFacts, banner
from ..rules.remedies import remedy_document
from .facts import current_facts, facts_of, store_facts_at

_STORE: sa.Table = Store.__table__  # type: ignore[assignment]
_PLACE = ("street", "city", "state", "country", "postcode", "phone", "latitude", "longitude")
_BANNER = tuple(field.name for field in dataclasses.fields(Banner))
_DECISIVE = (
    "hours",
    "timezone",
    "country",
    "lead_minutes",
    "cutoff_minutes",
    "paused_at",
    "paused_until",
    "busy_minutes",
    "busy_until",
)


def shown_store(session: Session, store_id: UUID, *, now: datetime) -> tuple[dict[str, Any], str]:
    """Return a store's page and its version: that of the store and of what its banner says now. Raises NotFound."""
    row = session.execute(sa.select(_STORE).where(_STORE.c.id == store_id)).mappings().first()
    if row is None:
        raise NotFound("store")
    facts = store_facts_at(session, store_id, row["version"])
    says = banner(facts, now=now)
    document = {
        **_listed(row, says),
        "currency": facts.currency,
        "hours": facts.hours,
        "exceptions": _exceptions(facts.exceptions),
        "lead_minutes": facts.lead_minutes,
        "cutoff_minutes": facts.cutoff_minutes,
        "walk_in_percent": facts.walk_in_percent,
        "busy": busy_of(facts) if facts.is_busy(now) else None,
        "tax_inclusive": facts.tax_inclusive,
        "tax_rates": dict(sorted(facts.tax_rates.items())),
    }
    digest = zlib.crc32(repr((*dataclasses.astuple(says), document["busy"])).encode())
    return document, f"{row['version']}-{digest:08x}"


def busy_of(facts: StoreFacts) -> dict[str, Any]:
    """Return how much longer orders take now, as it is shown."""
    return {"extra_minutes": facts.busy_minutes, "until": facts.busy_until, "reason": facts.busy_reason}


def hours_of_store(session: Session, store_id: UUID) -> tuple[dict[str, Any], int]:
    """Return what a manager may change of the hours, and the store's version. Raises NotFound."""
    facts = current_facts(session, store_id)
    document = {
        "hours": facts.hours,
        "exceptions": _exceptions(facts.exceptions),
        "notice": facts.notice,
        "timezone": facts.timezone,
    }
    return document, facts.version


def remedy_table_of_store(session: Session, store_id: UUID) -> tuple[dict[str, Any], int]:
    """Return what a missed promise gives in money at the store, and the store's version. Raises NotFound."""
    facts = current_facts(session, store_id)
    return {"currency": facts.currency, "steps": remedy_document(facts.remedy_table)}, facts.version


def listed_stores(
    session: Session, distances: Mapping[UUID, int | None], *, now: datetime
) -> dict[UUID, dict[str, Any]]:
    """Return the stores' entries in a list, by id, each with its distance in metres."""
    rows = session.execute(sa.select(_STORE).where(_STORE.c.id.in_(distances))).mappings().all()
    exceptions = _exceptions_of(session, list(distances))
    judged: dict[tuple[Any, ...], Banner] = {}
    found = {}
    for row in rows:
        dated = exceptions.get(row["id"], {})
        # Neighbours mostly keep the same hours: what decides the same is judged once.
        decisive = (*(row[name] for name in _DECISIVE), *sorted(dated.items()))
        says = judged.get(decisive)
        if says is None:
            says = judged[decisive] = banner(facts_of(row, exceptions=dated, stations={}, tax_rates={}), now=now)
        found[row["id"]] = {**_listed(row, says), "distance_m": distances[row["id"]]}
    return found


def _exceptions_of(session: Session, store_ids: Sequence[UUID]) -> dict[UUID, dict[date, str]]:
    columns = (HoursException.store_id, HoursException.on_date, HoursException.hours)
    found: dict[UUID, dict[date, str]] = {}
    for row in session.execute(sa.select(*columns).where(HoursException.store_id.in_(store_ids))):
        found.setdefault(row.store_id, {})[row.on_date] = row.hours
    return found


def _listed(row: Any, says: Banner) -> dict[str, Any]:
    return {
        "id": row["id"],
        "number": row["number"],
        "name": row["name"],
        **{name: row[name] for name in _PLACE},
        "timezone": row["timezone"],
        "pickup_methods": row["pickup_methods"],
        "notice": row["notice"],
        "availability": {name: getattr(says, name) for name in _BANNER},
    }


def _exceptions(exceptions: Mapping[date, str]) -> list[dict[str, Any]]:
    return [{"on_date": day, "hours": exceptions[day]} for day in sorted(exceptions)]
