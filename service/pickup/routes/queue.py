"""HTTP of reading the queue, and of how a store reads it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, g, request

from ... import clock
from ...http import Blueprint, Document, Page, staff_only
from ...http.answers import not_modified
from ...http.live import Access, follow
from ...http.pages import cursor_instant, decode_cursor
from ...stores import queries as stores
from .. import actions, queries, schemas
from ..live import QUEUE

queue = Blueprint("queue", __name__, url_prefix="/v1/stores/<uuid:store_id>", description="What a store has to make.")

MAKERS = ("barista", "manager")
"""Who makes orders, and may touch the queue."""


@queue.get("/queue")
@staff_only(*MAKERS)
@queue.arguments(schemas.ShowQueueQuery, location="query")
@queue.response(200, schemas.QueueSchema, versioned=True)
def show_queue(query: dict[str, Any], store_id: UUID) -> Document | Response:
    """Show what the store has to make, in the order to start on it"""
    view, station, limit = query["view"], query["station"], query["limit"]
    after = decode_cursor(query["cursor"], cursor_instant, UUID)
    digest = queries.queue_version(g.session, store_id=store_id, view=view)
    # A page's ETag names the page.
    version = f"{digest}-{view}-{station or ''}-{limit}-{query['cursor'] or ''}"
    unchanged = not_modified(request, version)
    if unchanged is not None:
        return unchanged
    if view == "recall":
        recallable = queries.recallable_tickets(g.session, store_id=store_id, station=station, now=clock.now())
        return Document({"data": recallable[:limit], "next_cursor": None}, version=version)
    found = queries.tickets_page(
        g.session, store_id=store_id, view=view, after=(after[0], after[1]) if after else None, limit=limit
    )
    page = Page.of(found, limit, lambda entry: [entry[0].fire_at, entry[0].id])
    tickets = queries.at_station((ticket for _, ticket in page.data), station)
    return Document({"data": tickets, "next_cursor": page.next_cursor}, version=version)


@queue.get("/queue/events")
@staff_only(*MAKERS)
@queue.live
def follow_queue(store_id: UUID) -> Response:
    """Follow a store's queue live, as server-sent events: ticket, check, reset"""
    return follow(QUEUE, store_id, access=Access(store_id=store_id, roles=MAKERS))


@queue.get("/queue/all-day")
@staff_only(*MAKERS)
@queue.arguments(schemas.AllDayQuery, location="query")
@queue.response(200, schemas.AllDaySchema)
def count_all_day(query: dict[str, Any], store_id: UUID) -> Document:
    """Count what is still to be made, by item and modifiers"""
    return Document({"data": queries.all_day_counts(g.session, store_id=store_id, **query)})


@queue.get("/queue/settings")
@staff_only()
@queue.response(200, schemas.QueueSettingsSchema)
def show_queue_settings(store_id: UUID) -> Document:
    """Show how the store reads its queue"""
    return Document(queries.queue_settings(g.session, store_id=store_id))


@queue.put("/queue/settings")
@staff_only("manager")
@queue.arguments(schemas.SetQueueSettingsSchema)
@queue.response(200, schemas.QueueSettingsSchema)
def set_queue_settings(settings: dict[str, Any], store_id: UUID) -> Document:
    """Set how the store reads its queue"""
    stores.store_facts(g.session, store_id)
    actions.set_queue_settings(g.session, store_id=store_id, by=g.caller.person_id, now=clock.now(), **settings)
    return Document(settings)
