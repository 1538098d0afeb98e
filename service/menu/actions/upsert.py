"""Bringing tables to what a document says: insert what is new, update what differs, touch nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ...db import Base, new_id

Result = Literal["created", "changed", "unchanged", "removed"]
K = TypeVar("K")
Values = dict[str, Any]


def upsert(
    session: Session, model: type[Base], keys: tuple[str, ...], wanted: Iterable[Values]
) -> dict[tuple[Any, ...], tuple[UUID, Result]]:
    """Bring the table's rows to the wanted values; rows are known by their `keys`. A removed row comes back.

    Returns each key's id and what became of it.
    """
    table: sa.Table = model.__table__  # type: ignore[assignment]
    existing = {tuple(getattr(row, key) for key in keys): row for row in session.execute(sa.select(table))}
    inserts, updates, outcome = [], [], {}
    for values in wanted:
        key = tuple(values[name] for name in keys)
        row = existing.get(key)
        if row is None:
            inserted = {"id": new_id(), **values, "removed_at": None}
            inserts.append(inserted)
            outcome[key] = (inserted["id"], "created")
        elif row.removed_at is not None or any(getattr(row, name) != value for name, value in values.items()):
            updates.append({"row_id": row.id, "removed_at": None, **values})
            outcome[key] = (row.id, "changed")
        else:
            outcome[key] = (row.id, "unchanged")
    if inserts:
        session.execute(sa.insert(table), inserts)
    if updates:
        session.connection().execute(sa.update(table).where(table.c.id == sa.bindparam("row_id")), updates)
    return outcome  # type: ignore[return-value]


def remove_others(session: Session, model: type[Base], keep: Callable[[Any], bool], *, now: datetime) -> list[Any]:
    """Mark the rows that aren't kept as removed; return those that weren't already."""
    table: sa.Table = model.__table__  # type: ignore[assignment]
    gone = [row for row in session.execute(sa.select(table).where(table.c.removed_at.is_(None))) if not keep(row)]
    if gone:
        statement = sa.update(table).where(table.c.id == sa.bindparam("row_id")).values(removed_at=now)
        session.connection().execute(statement, [{"row_id": row.id} for row in gone])
    return gone


def replace_owned(
    session: Session, model: type[Base], owner: str, wanted: Mapping[UUID, list[Values]]
) -> frozenset[UUID]:
    """Give each owner exactly the wanted rows (prices, attachments); return the owners whose rows differed."""
    table: sa.Table = model.__table__  # type: ignore[assignment]
    existing: defaultdict[UUID, list[Values]] = defaultdict(list)
    for row in session.execute(sa.select(table)).mappings():
        existing[row[owner]].append(dict(row))
    differing = [key for key, rows in wanted.items() if _as_set(rows) != _as_set(existing[key])]
    if differing:
        delete = sa.delete(table).where(table.c[owner] == sa.bindparam("owner_id"))
        session.connection().execute(delete, [{"owner_id": key} for key in differing])
        inserts = [row for key in differing for row in wanted[key]]
        if inserts:
            session.execute(sa.insert(table), inserts)
    return frozenset(differing)


def _as_set(rows: list[Values]) -> frozenset[frozenset[tuple[str, Any]]]:
    return frozenset(frozenset(row.items()) for row in rows)


def insert_or_update(session: Session, model: type[Base], key: Values, values: Values) -> None:
    """Write one row by its primary key, whether or not it is there; safe against another doing the same."""
    dialect = sqlite if session.connection().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(model.__table__).values(**key, **values)
    session.connection().execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
