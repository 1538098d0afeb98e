"""HTTP of stores."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from .. import clock
from ..http import Blueprint, Document, Page, operator_only, public, staff_only
from ..http.pages import decode_cursor
from . import actions, queries, schemas

stores = Blueprint("stores", __name__, url_prefix="/v1/stores", description="Where, and when, to pick up.")


@stores.get("")
@public
@stores.arguments(schemas.FindStoresQuery, location="query")
@stores.response(200, schemas.FoundStorePageSchema)
def find_stores(query: dict[str, Any]) -> Document:
    """Find stores near a point, by name or city, open now or at a time"""
    now, limit = clock.now(), query.pop("limit")
    open_at = query.pop("open")
    by_distance = (query.pop("sort") or ("distance" if query["near"] else "name")) == "distance"
    found = queries.found_stores(
        g.session,
        **{name: value for name, value in query.items() if name != "cursor"},
        sort="distance" if by_distance else "name",
        open_at=now if open_at == "now" else open_at,
        after=decode_cursor(query["cursor"], int if by_distance else str, UUID),
        limit=limit + 1,
        now=now,
    )
    page = Page.of(found, limit, lambda store: (store.distance_m if by_distance else store.search_name, store.id))
    return Document(
        {
            "data": [store.document for store in page.data],
            "next_cursor": page.next_cursor,
            "sort": "distance" if by_distance else "name",
        }
    )


@stores.get("/<uuid:store_id>")
@public
@stores.response(200, schemas.StoreSchema, versioned=True)
def show_store(store_id: UUID) -> Document:
    """Show a store and whether it takes orders now"""
    return Document(*queries.shown_store(g.session, store_id, now=clock.now()))


@stores.put("/<uuid:store_id>/pause")
@staff_only("barista", "manager")
@stores.arguments(schemas.PauseOrderingSchema)
@stores.response(200, schemas.PauseSchema, versioned=True)
def pause_ordering(body: dict[str, Any], store_id: UUID) -> Document:
    """Pause taking orders, until a time or until further notice"""
    version = actions.pause_ordering(g.session, store_id=store_id, now=clock.now(), **body)
    return Document(body, version)


@stores.delete("/<uuid:store_id>/pause")
@staff_only("barista", "manager")
@stores.response(204)
def resume_ordering(store_id: UUID) -> None:
    """Take orders again"""
    actions.resume_ordering(g.session, store_id=store_id, now=clock.now())


@stores.put("/<uuid:store_id>/busy")
@staff_only("barista", "manager")
@stores.arguments(schemas.ReportBusySchema)
@stores.response(200, schemas.BusySchema, versioned=True)
def report_busy(body: dict[str, Any], store_id: UUID) -> Document:
    """Say that orders take longer for now"""
    version = actions.report_busy(g.session, store_id=store_id, now=clock.now(), **body)
    return Document(body, version)


@stores.delete("/<uuid:store_id>/busy")
@staff_only("barista", "manager")
@stores.response(204)
def end_busy(store_id: UUID) -> None:
    """Say that orders take as long as usual again"""
    actions.end_busy(g.session, store_id=store_id, now=clock.now())


@stores.put("/<uuid:store_id>/walk-in-share")
@staff_only("manager")
@stores.arguments(schemas.WalkInShareSchema)
@stores.response(200, schemas.WalkInShareSchema, versioned=True)
def change_walk_in_share(share: dict[str, Any], store_id: UUID) -> Document:
    """Say how much of every slot is kept for walk-ins"""
    version = actions.change_walk_in_share(g.session, store_id=store_id, now=clock.now(), **share)
    return Document(share, version)


@stores.get("/<uuid:store_id>/remedy-table")
@public
@stores.response(200, schemas.RemedyTableSchema, versioned=True)
def show_remedy_table(store_id: UUID) -> Document:
    """Show what a missed promise gives in money, to who chose that"""
    return Document(*queries.remedy_table_of_store(g.session, store_id))


@stores.put("/<uuid:store_id>/remedy-table")
@operator_only
@stores.arguments(schemas.ChangeRemedyTableSchema)
@stores.if_match
@stores.response(200, schemas.RemedyTableSchema, versioned=True)
def change_remedy_table(table: dict[str, Any], store_id: UUID, expected_version: int) -> Document:
    """Say what a missed promise gives in money; quotes and orders keep what they showed"""
    actions.change_remedy_table(
        g.session, store_id=store_id, expected_version=expected_version, now=clock.now(), **table
    )
    return Document(*queries.remedy_table_of_store(g.session, store_id))


@stores.get("/<uuid:store_id>/hours")
@staff_only("manager")
@stores.response(200, schemas.HoursSchema, versioned=True)
def show_hours(store_id: UUID) -> Document:
    """Show the hours, their exceptions and the notice, as the manager changes them"""
    return Document(*queries.hours_of_store(g.session, store_id))


@stores.put("/<uuid:store_id>/hours")
@staff_only("manager")
@stores.arguments(schemas.ChangeHoursSchema)
@stores.if_match
@stores.response(200, schemas.HoursSchema, versioned=True)
def change_hours(body: dict[str, Any], store_id: UUID, expected_version: int) -> Document:
    """Change the hours, their exceptions and the notice"""
    actions.change_hours(g.session, store_id=store_id, expected_version=expected_version, now=clock.now(), **body)
    return Document(*queries.hours_of_store(g.session, store_id))


blueprints = [stores]
