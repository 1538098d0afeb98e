"""HTTP of the pickup queue."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, g, request

from ..http import Blueprint, Document, Page, PageQuery, staff_only
from ..http.answers import not_modified
from ..http.live import Access, follow
from ..http.pages import cursor_instant, decode_cursor
from ..orders import queries
from . import schemas
from .live import QUEUE

queue = Blueprint("queue", __name__, url_prefix="/v1/stores", description="What a store has to make.")
blueprints = [queue]

_MAKERS = ("barista", "manager")


@queue.get("/<uuid:store_id>/queue")
@staff_only(*_MAKERS)
@queue.arguments(PageQuery, location="query")
@queue.response(200, schemas.QueueSchema, versioned=True)
def show_queue(page: dict[str, Any], store_id: UUID) -> Document | Response:
    """Show what the store has to make, in the order to start on it"""
    after = decode_cursor(page["cursor"], cursor_instant, UUID)
    queue_version = queries.queue_version(g.session, store_id=store_id)
    version = f"{queue_version}-{page['limit']}-{page['cursor'] or ''}"  # a page's ETag names the page
    unchanged = not_modified(request, version)
    if unchanged is not None:
        return unchanged
    orders = queries.queue_documents(
        g.session, store_id=store_id, after=(after[0], after[1]) if after else None, limit=page["limit"]
    )
    found = Page.of(orders, page["limit"], lambda order: [order["promise"]["fire_at"], order["id"]])
    return Document({"data": list(found.data), "next_cursor": found.next_cursor}, version=version)


@queue.get("/<uuid:store_id>/queue/events")
@staff_only(*_MAKERS)
@queue.live
def follow_queue(store_id: UUID) -> Response:
    """Follow a store's queue live, as server-sent events: ticket, check, reset"""
    return follow(QUEUE, store_id, access=Access(store_id=store_id, roles=_MAKERS))
