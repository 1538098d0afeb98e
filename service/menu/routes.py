"""HTTP of the menu."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response, g

from .. import clock
from ..errors import Invalid
from ..http import Blueprint, Document, public, staff_only
from ..http.built import send_built
from ..stores import queries as stores
from . import actions, queries, schemas
from .errors import Kind
from .models import SoldOutMark, StockCount

FURTHEST = timedelta(days=366)
CLOCK_SKEW = timedelta(minutes=5)

menu = Blueprint("menu", __name__, url_prefix="/v1/stores/<uuid:store_id>", description="What a store sells.")


@menu.get("/menu")
@public
@menu.arguments(schemas.ShowMenuQuery(), location="query")
@menu.response(200, schemas.MenuSchema, versioned=True)
def show_menu(query: dict[str, Any], store_id: UUID) -> Response:
    """Show the store's whole menu with prices and what can be ordered now or at a coming time"""
    now = clock.now()
    at = _coming(query["at"], now)
    built = queries.served_menu(g.session, store_id=store_id, sort=query["sort"], at=at, now=now)
    return send_built(etag=built.etag, body=built.body, zipped=built.zipped)


def _coming(at: datetime | None, now: datetime) -> datetime:
    """Return the asked instant; a client's clock may run a little late."""
    if at is None:
        return now
    if not now - CLOCK_SKEW <= at <= now + FURTHEST:
        raise Invalid({"at": ["A coming instant, up to a year ahead."]})
    return max(at, now)


@menu.get("/menu/changes")
@public
@menu.arguments(schemas.MenuChangesQuery(), location="query")
@menu.response(200, schemas.MenuChangesSchema)
def list_menu_changes(query: dict[str, Any], store_id: UUID) -> Document:
    """List what changed on the store's menu since a version"""
    store = stores.store_facts(g.session, store_id)
    return Document(queries.menu_changes(g.session, store, now=clock.now(), **query))


@menu.put("/sold-out/<any(item, size, option):kind>/<uuid:subject_id>")
@staff_only("barista", "manager")
@menu.arguments(schemas.MarkSoldOutSchema)
@menu.response(200, schemas.SoldOutMarkSchema)
def mark_sold_out(body: dict[str, Any], store_id: UUID, kind: Kind, subject_id: UUID) -> SoldOutMark:
    """Say that the store can't make an item, a size or an option, until a time or until taken back"""
    stores.store_facts(g.session, store_id)
    mark = actions.mark_sold_out(
        g.session, store_id=store_id, kind=kind, subject_id=subject_id, now=clock.now(), **body
    )
    queries.forget(store_id)
    return mark


@menu.delete("/sold-out/<any(item, size, option):kind>/<uuid:subject_id>")
@staff_only("barista", "manager")
@menu.response(204)
def mark_available(store_id: UUID, kind: Kind, subject_id: UUID) -> None:
    """Take a sold-out mark back"""
    stores.store_facts(g.session, store_id)
    actions.mark_available(g.session, store_id=store_id, kind=kind, subject_id=subject_id, now=clock.now())
    queries.forget(store_id)


@menu.put("/stock/<uuid:item_id>")
@staff_only("barista", "manager")
@menu.arguments(schemas.CountStockSchema)
@menu.response(200, schemas.StockCountSchema)
def count_stock(body: dict[str, Any], store_id: UUID, item_id: UUID) -> StockCount:
    """Count an item from now on: so many are left"""
    stores.store_facts(g.session, store_id)
    count = actions.count_stock(g.session, store_id=store_id, item_id=item_id, now=clock.now(), **body)
    queries.forget(store_id)
    return count


@menu.delete("/stock/<uuid:item_id>")
@staff_only("barista", "manager")
@menu.response(204)
def stop_counting_stock(store_id: UUID, item_id: UUID) -> None:
    """Count an item no longer"""
    stores.store_facts(g.session, store_id)
    actions.stop_counting(g.session, store_id=store_id, item_id=item_id, now=clock.now())
    queries.forget(store_id)


blueprints = [menu]
