"""Finding stores: near a point, by name, by city, open at a time. The point is used and forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import HoursException, Store
from ..rules import openings
from ..rules.distance import boxes_around, distance_m
from .showing import listed_stores

_STORE: sa.Table = Store.__table__  # type: ignore[assignment]
_CANDIDATE = sa.select(
    _STORE.c.id,
    _STORE.c.search_name,
    _STORE.c.latitude,
    _STORE.c.longitude,
    _STORE.c.hours,
    _STORE.c.timezone,
    _STORE.c.country,
)
_BATCH = 500


@dataclass(frozen=True, slots=True)
class FoundStore:
    """A store that was found: its document, and the values it is sorted by."""

    document: dict[str, Any]
    distance_m: int | None
    search_name: str

    @property
    def id(self) -> UUID:
        """The store's id, which breaks ties."""
        store_id: UUID = self.document["id"]
        return store_id


@dataclass(frozen=True, slots=True)
class _Candidate:
    row: Any
    distance_m: int | None


def found_stores(
    session: Session,
    *,
    near: tuple[float, float] | None,
    radius_km: float,
    sort: str,
    open_at: datetime | None,
    pickup_method: str | None,
    city: str | None,
    after: Sequence[Any] | None,
    limit: int,
    now: datetime,
) -> list[FoundStore]:
    """Return up to `limit` stores that meet every condition, sorted by distance or name, ties by id.

    `after` holds the sort values of the last store of the page before. `open_at` is by the hours: a store that
    paused ordering is open. With `near` only the stores within `radius_km` are found.
    """
    statement = _filtered(pickup_method, city)
    if near is None:
        # Without a condition that is judged here, the first rows are the page.
        candidates = _by_name(session, statement, after, _BATCH if open_at is not None else limit)
    else:
        candidates = iter(_around(session, statement, near, radius_km * 1000, sort, after))
    if open_at is not None:
        candidates = _open(session, candidates, open_at)
    chosen = list(islice(candidates, limit))
    documents = listed_stores(session, {found.row.id: found.distance_m for found in chosen}, now=now)
    return [
        FoundStore(documents[found.row.id], found.distance_m, found.row.search_name)
        for found in chosen
        if found.row.id in documents
    ]


def _filtered(pickup_method: str | None, city: str | None) -> sa.Select[Any]:
    statement = _CANDIDATE
    if city is not None:
        statement = statement.where(_STORE.c.search_city == city.casefold())
    if pickup_method is not None:
        # The methods are a closed list of words, kept as a JSON list of strings on both databases.
        statement = statement.where(sa.cast(_STORE.c.pickup_methods, sa.Text).like(f'%"{pickup_method}"%'))
    return statement


def _by_name(
    session: Session, statement: sa.Select[Any], after: Sequence[Any] | None, batch: int
) -> Iterator[_Candidate]:
    ordered = statement.order_by(_STORE.c.search_name, _STORE.c.id).limit(batch)
    while True:
        page = ordered
        if after is not None:
            page = ordered.where(sa.tuple_(_STORE.c.search_name, _STORE.c.id) > sa.tuple_(*_typed(after)))
        rows = session.execute(page).all()
        yield from (_Candidate(row, None) for row in rows)
        if len(rows) < batch:
            return
        after = (rows[-1].search_name, rows[-1].id)


def _typed(after: Sequence[Any]) -> Iterable[sa.ColumnElement[Any]]:
    return sa.literal(after[0], sa.Text), sa.literal(after[1], sa.Uuid)


def _around(
    session: Session,
    statement: sa.Select[Any],
    near: tuple[float, float],
    radius_m: float,
    sort: str,
    after: Sequence[Any] | None,
) -> list[_Candidate]:
    boxes = [
        _STORE.c.latitude.between(box.south, box.north) & _STORE.c.longitude.between(box.west, box.east)
        for box in boxes_around(*near, radius_m)
    ]
    found = []
    for row in session.execute(statement.where(sa.or_(*boxes))):
        metres = distance_m(*near, row.latitude, row.longitude)
        if metres <= radius_m:
            key = (metres if sort == "distance" else row.search_name, row.id)
            if after is None or key > tuple(after):
                found.append((key, _Candidate(row, metres)))
    found.sort(key=lambda pair: pair[0])
    return [candidate for _, candidate in found]


def _open(session: Session, candidates: Iterator[_Candidate], open_at: datetime) -> Iterator[_Candidate]:
    """Give the candidates whose hours hold the instant; most stores share theirs, so each is judged once."""
    judged: dict[tuple[str, str, str], bool] = {}
    while batch := list(islice(candidates, _BATCH)):
        exceptions = _exceptions(session, [candidate.row.id for candidate in batch], open_at)
        for candidate in batch:
            row, dated = candidate.row, exceptions.get(candidate.row.id, {})
            shared = (row.hours, row.timezone, row.country)
            is_open = judged.get(shared) if not dated else None
            if is_open is None:
                is_open = _holds(row, dated, open_at)
                if not dated:
                    judged[shared] = is_open
            if is_open:
                yield candidate


def _holds(row: Any, exceptions: dict[date, str], at: datetime) -> bool:
    until = at + timedelta(minutes=1)
    found = openings(row.hours, exceptions, timezone=row.timezone, country=row.country, since=at, until=until)
    return any(opening.holds(at) for opening in found)


def _exceptions(session: Session, store_ids: Sequence[UUID], at: datetime) -> dict[UUID, dict[date, str]]:
    """Return the dated exceptions of the stores around the instant, by store."""
    statement = sa.select(HoursException.store_id, HoursException.on_date, HoursException.hours).where(
        HoursException.store_id.in_(store_ids),
        HoursException.on_date.between((at - timedelta(days=3)).date(), (at + timedelta(days=3)).date()),
    )
    found: dict[UUID, dict[date, str]] = {}
    for row in session.execute(statement):
        found.setdefault(row.store_id, {})[row.on_date] = row.hours
    return found
