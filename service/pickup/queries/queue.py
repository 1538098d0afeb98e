"""Reading the queue: its version in one statement, its tickets from memory where this process made them already."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...cache import BoundedCache
from ...orders import queries as orders
from ..models import LineStation, TicketMark
from ..rules import ticket as rules
from ..rules import walk_in as walk_in_rules

View = Literal["open", "scheduled", "recall"]
RECALLABLE = 50

_STATIONS: sa.Table = LineStation.__table__  # type: ignore[assignment]
_MARKS: sa.Table = TicketMark.__table__  # type: ignore[assignment]

# Voided after they were fired, and nobody at the queue has seen it yet.
_UNSEEN = sa.select(_MARKS.c.order_id).where(
    _MARKS.c.store_id == sa.bindparam("store_id"), sa.literal_column("voided_at IS NOT NULL AND seen_at IS NULL")
)
OPEN = orders.orders_to_make(_UNSEEN)
_OF_VIEW: dict[str, sa.Subquery] = {"open": OPEN, "recall": OPEN, "scheduled": orders.orders_waiting()}


def _version_of(queue: sa.Subquery) -> sa.Select[Any]:
    each = sa.cast(queue.c.id, sa.Text) + ":" + sa.cast(queue.c.version, sa.Text)
    return sa.select(sa.func.aggregate_strings(each, " "))


_VERSION = {view: _version_of(queue) for view, queue in _OF_VIEW.items()}
# Who pays is read for those that are shown, and not where only versions are compared.
_PAGE = {
    view: sa.select(queue, orders.told_of(queue)).order_by(queue.c.fire_at, queue.c.id)
    for view, queue in _OF_VIEW.items()
}
_DONE = sa.select(
    _STATIONS.c.order_id, _STATIONS.c.position, _STATIONS.c.station, _STATIONS.c.state, _STATIONS.c.started_at,
    _STATIONS.c.done_at,
).where(_STATIONS.c.order_id.in_(sa.bindparam("order_ids", expanding=True)))  # fmt: skip
_MARKED = sa.select(_MARKS.c.order_id, _MARKS.c.rushed_at, _MARKS.c.voided_at, _MARKS.c.seen_at).where(
    _MARKS.c.order_id.in_(sa.bindparam("order_ids", expanding=True))
)

# Tickets as JSON by order or walk-in, and version. Whatever changes a ticket gives what it is of a new version.
_tickets: BoundedCache[tuple[UUID, int], bytes] = BoundedCache(2_000)


def queue_version(session: Session, *, store_id: UUID, view: View = "open") -> str:
    """Return a digest of which orders and walk-ins are in the store's queue, each in which version: it trusts no
    clock."""
    queued: str = session.connection().execute(_VERSION[view], {"store_id": store_id}).scalar() or ""
    return hashlib.blake2b(" ".join(sorted(queued.split(" "))).encode(), digest_size=12).hexdigest()


def tickets_page(
    session: Session, *, store_id: UUID, view: View, after: tuple[datetime, UUID] | None, limit: int
) -> list[tuple[sa.Row[Any], bytes]]:
    """Return up to `limit` + 1 orders and walk-ins of the queue (or of the scheduled drawer) in the order to start on
    them, each with its ticket as JSON."""
    wanted = _PAGE[view]
    if after is not None:
        queue = _OF_VIEW[view]
        wanted = wanted.where(sa.tuple_(queue.c.fire_at, queue.c.id) > sa.tuple_(*after))
    rows = session.connection().execute(wanted.limit(limit + 1), {"store_id": store_id}).all()
    return list(zip(rows, _made(session, rows), strict=True))


def at_station(tickets: Iterable[bytes], station: str | None) -> list[orjson.Fragment]:
    """Return those tickets (JSON) that have something to make at the station, with None all of them, to be sent."""
    return [
        orjson.Fragment(ticket) for ticket in tickets if station is None or rules.is_at(orjson.loads(ticket), station)
    ]


def _made(session: Session, rows: Sequence[sa.Row[Any]]) -> list[bytes]:
    known = {row.id: _tickets.get((row.id, row.version)) for row in rows}
    missing = [row for row in rows if known[row.id] is None]
    for row, document in zip(missing, documents(session, missing), strict=True):
        # The row was read first: what was read after it can only be newer, and then another version is asked for soon.
        made = orjson.dumps(document, option=orjson.OPT_UTC_Z)
        _tickets.put((row.id, row.version), made)
        known[row.id] = made
    return [known[row.id] or b"null" for row in rows]


def documents(session: Session, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the tickets of orders' and walk-ins' rows; nothing is taken from memory or kept there."""
    of_orders = _documents_of_orders(session, [row for row in rows if row.kind == "order"])
    return [of_orders[row.id] if row.kind == "order" else walk_in_rules.walk_in_ticket(row._asdict()) for row in rows]


def _documents_of_orders(session: Session, rows: Sequence[Any]) -> dict[UUID, dict[str, Any]]:
    if not rows:
        return {}
    order_ids = [row.id for row in rows]
    lines: dict[UUID, list[Mapping[str, Any]]] = {order_id: [] for order_id in order_ids}
    for line in orders.lines_to_make(session, order_ids=order_ids):
        lines[line.order_id].append(line._asdict())
    stations: dict[UUID, dict[tuple[int, str], Mapping[str, Any]]] = {order_id: {} for order_id in order_ids}
    for row in session.connection().execute(_DONE, {"order_ids": order_ids}).mappings():
        stations[row["order_id"]][row["position"], row["station"]] = dict(row)
    marked = session.connection().execute(_MARKED, {"order_ids": order_ids}).mappings()
    marks = {mark["order_id"]: dict(mark) for mark in marked}
    return {
        row.id: rules.ticket_document(
            row._asdict(), lines[row.id], stations[row.id], marks.get(row.id), orders.tenders_told(row.tenders)
        )
        for row in rows
    }


def ticket_of(session: Session, order: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ticket of an order's row as this transaction sees it, also of what isn't committed yet."""
    (row,) = orders.orders_of_store(session, store_id=order["store_id"], order_ids=[order["id"]])
    return documents(session, [row])[0]


def ticket_of_walk_in(session: Session, walk_in: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ticket of a walk-in's row as this transaction sees it."""
    (row,) = orders.walk_ins_of_store(session, store_id=walk_in["store_id"], walk_in_ids=[walk_in["id"]])
    return documents(session, [row])[0]


def recallable_tickets(session: Session, *, store_id: UUID, station: str | None, now: datetime) -> list[dict[str, Any]]:
    """Return the 50 tickets that were bumped last (at the station), the latest first: those of the queue, and walk-ins
    that were handed over within half an hour."""
    over = orders.walk_ins_handed_over(
        session, store_id=store_id, since=now - walk_in_rules.RECALLED_FOR, limit=RECALLABLE
    )
    found = []
    for ticket in [*_open_tickets(session, store_id), *map(_as_sent, documents(session, over))]:
        at_station = {**ticket, "lines": _lines_at(ticket, station)} if station else ticket
        done_at = rules.last_done_at(at_station) if at_station["lines"] else None
        if done_at is not None and not ticket["void"]:
            found.append((done_at, ticket))
    return [ticket for _, ticket in sorted(found, key=lambda entry: entry[0], reverse=True)[:RECALLABLE]]


def _as_sent(ticket: Mapping[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = orjson.loads(orjson.dumps(ticket, option=orjson.OPT_UTC_Z))
    return sent


def _lines_at(ticket: Mapping[str, Any], station: str) -> list[dict[str, Any]]:
    here = (
        {**line, "stations": [row for row in line["stations"] if row["station"] == station]} for line in ticket["lines"]
    )
    return [line for line in here if line["stations"]]


def all_day_counts(session: Session, *, store_id: UUID, station: str | None) -> list[dict[str, Any]]:
    """Return how much of what is still to be made (at the station), the most first."""
    return rules.all_day(_open_tickets(session, store_id), station)


def _open_tickets(session: Session, store_id: UUID) -> list[dict[str, Any]]:
    rows = session.connection().execute(_PAGE["open"], {"store_id": store_id}).all()
    return [orjson.loads(made) for made in _made(session, rows)]
