"""Importing a store directory: created, changed, unchanged or refused, row by row."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...db import new_id
from ...importing import Outcome, Row, RowRefused, SeenKeys
from ..models import Station, Store, TaxRate
from ..rules.imported import ImportedStore, imported_store
from ..rules.zones import Conflict
from .opening import search_text

_STORE: sa.Table = Store.__table__  # type: ignore[assignment]
_BATCH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplied:
    """What the importer gives to the stores it creates, where the file has none.

    `makers` is by station kind, `tax_rates` in basis points by category with `standard` in it.
    """

    hours: str
    lead_minutes: int
    cutoff_minutes: int
    makers: Mapping[str, int]
    tax_rates: Mapping[str, int]
    tax_inclusive: bool
    pickup_methods: Sequence[str]


def load_stores(
    session: Session,
    rows: Sequence[Row],
    *,
    supplied: Supplied,
    number_prefix: str = "",
    zone_conflict: Conflict = "refuse",
    now: datetime,
) -> Iterator[Outcome]:
    """Add the stores whose number is new and change those whose row says otherwise; give each row's outcome.

    A store that exists keeps what the file doesn't say: hours, minutes, stations, taxes, pause, notice.
    """
    seen = SeenKeys()
    for start in range(0, len(rows), _BATCH):
        batch: list[tuple[Row, ImportedStore]] = []
        for row in rows[start : start + _BATCH]:
            key = number_prefix + row.values.get("number", "").strip()
            try:
                store = imported_store(row, number_prefix=number_prefix, year=now.year, conflict=zone_conflict)
                if seen.is_repeat(store.number, row.line, store):
                    yield row.taken(store.number, "unchanged")
                else:
                    batch.append((row, store))
            except RowRefused as refusal:
                yield row.refused(key, refusal)
        yield from _write(session, batch, supplied, now)


def _write(
    session: Session, batch: list[tuple[Row, ImportedStore]], supplied: Supplied, now: datetime
) -> Iterator[Outcome]:
    numbers = [store.number for _, store in batch]
    existing = {
        row["number"]: row for row in session.execute(sa.select(_STORE).where(_STORE.c.number.in_(numbers))).mappings()
    }
    created, changed = [], []
    for row, store in batch:
        before = existing.get(store.number)
        values = _values(store)
        if before is None:
            row.supplied.extend(_what_is_supplied(store))
            created.append({"id": new_id(), **values, **_first(store, supplied, now)})
            yield row.taken(store.number, "created")
        elif any(before[name] != value for name, value in values.items()):
            changed.append({"changed_id": before["id"], **values})
            yield row.taken(store.number, "changed")
        else:
            yield row.taken(store.number, "unchanged")
    _create(session, created, supplied)
    _change(session, changed)


def _values(store: ImportedStore) -> dict[str, Any]:
    """Return the columns that the file decides; an empty hours cell decides nothing."""
    values = dataclasses.asdict(store)
    if store.hours is None:
        del values["hours"]
    values["search_name"] = search_text(store.name)
    values["search_city"] = search_text(store.city) if store.city else None
    return values


def _what_is_supplied(store: ImportedStore) -> list[str]:
    given = ["lead_minutes", "cutoff_minutes", "makers", "tax_rates", "pickup_methods"]
    return given if store.hours is not None else ["hours", *given]


def _first(store: ImportedStore, supplied: Supplied, now: datetime) -> dict[str, Any]:
    return {
        "hours": store.hours or supplied.hours,
        "lead_minutes": supplied.lead_minutes,
        "cutoff_minutes": supplied.cutoff_minutes,
        "pickup_methods": list(supplied.pickup_methods),
        "tax_inclusive": supplied.tax_inclusive,
        "version": 1,
        "created_at": now,
    }


def _create(session: Session, created: list[dict[str, Any]], supplied: Supplied) -> None:
    if not created:
        return
    ids: list[UUID] = [row["id"] for row in created]
    stations = [
        {"store_id": i, "kind": kind, "makers": makers} for i in ids for kind, makers in supplied.makers.items()
    ]
    rates = [
        {"store_id": i, "category": category, "rate_bps": bps}
        for i in ids
        for category, bps in supplied.tax_rates.items()
    ]
    session.execute(sa.insert(_STORE), created)
    if stations:
        session.execute(sa.insert(Station.__table__), stations)  # type: ignore[arg-type]
    session.execute(sa.insert(TaxRate.__table__), rates)  # type: ignore[arg-type]


def _change(session: Session, changed: list[dict[str, Any]]) -> None:
    # One statement per set of columns: rows with an hours cell change one column more.
    for has_hours in (False, True):
        rows = [row for row in changed if ("hours" in row) is has_hours]
        if rows:
            names = [name for name in rows[0] if name != "changed_id"]
            change = sa.update(_STORE).where(_STORE.c.id == sa.bindparam("changed_id"))
            values: dict[str, Any] = {name: sa.bindparam(name) for name in names}
            session.connection().execute(change.values(**values, version=_STORE.c.version + 1), rows)
