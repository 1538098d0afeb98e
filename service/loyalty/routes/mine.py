"""HTTP of one's own ledger; of a membership that ended, too."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, g

from ... import clock
from ...errors import NotFound
from ...http import Blueprint, ChangesQuery, Document, Page, PageQuery, customer_only, page_schema
from ...http.pages import cursor_number, decode_cursor
from .. import queries, schemas
from ..errors import NotJoined
from .context import csv_of, history_id

ledger = Blueprint("stars", __name__, url_prefix="/v1/me/loyalty", description="Your stars, entry by entry.")

_CSV = {"type": "string", "description": "A row for each lot that an entry moves."}
_ENTRIES = page_schema(schemas.StarEntrySchema)
_EVERYTHING = 100_000


@ledger.get("/entries")
@customer_only
@ledger.arguments(PageQuery, location="query")
@ledger.response(200, _ENTRIES)
@ledger.refuses(NotJoined)
def list_star_entries(page: dict[str, Any]) -> Page[Any]:
    """List every entry of your ledger, the newest first"""
    (before,) = decode_cursor(page["cursor"], cursor_number) or (None,)
    rows = queries.entries(g.session, member_id=history_id(), before=before, limit=page["limit"])
    return Page.of(rows, page["limit"], lambda row: [row["number"]])


@ledger.get("/entries/changes")
@customer_only
@ledger.arguments(ChangesQuery, location="query")
@ledger.response(200, _ENTRIES)
@ledger.refuses(NotJoined)
def list_star_changes(page: dict[str, Any]) -> Page[Any]:
    """List the entries since a cursor, the oldest first; entries are never changed or taken away"""
    (since,) = decode_cursor(page["cursor"], cursor_number, called="since") or (0,)
    rows = queries.entries(g.session, member_id=history_id(), since=since, limit=page["limit"])
    return Page.since(rows, page["limit"], lambda row: [row["number"]], page["cursor"])


@ledger.get("/entries.csv")
@customer_only
@ledger.response(200, _CSV, content_type="text/csv")
@ledger.refuses(NotJoined)
def download_star_entries() -> Response:
    """Download every entry of your ledger as CSV"""
    rows = queries.entries(g.session, member_id=history_id(), since=0, limit=_EVERYTHING)
    return csv_of(rows, "stars.csv")


@ledger.get("/lots")
@customer_only
@ledger.arguments(PageQuery, location="query")
@ledger.response(200, page_schema(schemas.StarLotSchema))
@ledger.refuses(NotJoined)
def list_lots(page: dict[str, Any]) -> Page[Any]:
    """List your lots with the terms they keep, the newest first"""
    (before,) = decode_cursor(page["cursor"], UUID) or (None,)
    rows = queries.shown_lots(g.session, member_id=history_id(), before=before, limit=page["limit"], now=clock.now())
    return Page.of(rows, page["limit"], lambda row: [row["id"]])


@ledger.get("/forecast")
@customer_only
@ledger.response(200, schemas.ForecastSchema)
@ledger.refuses(NotJoined)
def forecast_stars() -> Document:
    """Show what expires when if nothing happens"""
    return Document({"data": queries.forecast(g.session, member_id=history_id(), now=clock.now())})


@ledger.get("/statements/<string(maxlength=10):month>")
@customer_only
@ledger.response(200, schemas.StarStatementSchema)
@ledger.refuses(NotJoined, NotFound)
def show_statement(month: str) -> Document:
    """Show a month's statement (2026-03): every number with its entries, and the rules that made them"""
    return Document(queries.statement(g.session, member_id=history_id(), month=month, now=clock.now()))


@ledger.get("/statements/<string(maxlength=10):month>/csv")
@customer_only
@ledger.response(200, _CSV, content_type="text/csv")
@ledger.refuses(NotJoined, NotFound)
def download_statement(month: str) -> Response:
    """Download a month's statement as CSV"""
    shown = queries.statement(g.session, member_id=history_id(), month=month, now=clock.now())
    return csv_of(shown["entries"], f"stars-{month}.csv")
