"""HTTP of what is in a wallet, and how it came there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from flask import Response, g

from ...http import Blueprint, Document, Page, guests_too, page_schema
from ...http.pages import cursor_number, decode_cursor
from .. import queries, schemas

wallet = Blueprint("wallet", __name__, url_prefix="/v1/me/wallet", description="Your stored value.")

_CSV = {"type": "string", "description": "RFC 4180 with a heading."}
_HEADING = (
    "number",
    "happened_at",
    "reason",
    "purpose",
    "purpose_id",
    "order_id",
    "amount_minor",
    "balance_minor",
    "currency",
)
_MOST_ROWS = 10_000


@wallet.get("")
@guests_too
@wallet.response(200, schemas.WalletSchema)
def show_wallet() -> Document:
    """Show what you have"""
    return Document({"balances": queries.balances_of(g.session, customer_id=g.caller.person_id)})


@wallet.get("/entries")
@guests_too
@wallet.arguments(schemas.WalletEntriesQuery, location="query")
@wallet.response(200, page_schema(schemas.WalletEntrySchema))
def list_wallet_entries(query: dict[str, Any]) -> Document:
    """List every movement of your wallet with its reason and the balance after it, newest first"""
    (before,) = decode_cursor(query["cursor"], cursor_number) or (None,)
    found = queries.entries_of(
        g.session,
        customer_id=g.caller.person_id,
        currency=query["currency"],
        before=before,
        limit=query["limit"],
    )
    page = Page.of(found, query["limit"], lambda entry: [entry["number"]])
    return Document({"data": page.data, "next_cursor": page.next_cursor})


@wallet.get("/entries.csv")
@guests_too
@wallet.arguments(schemas.StatementQuery, location="query")
@wallet.response(200, _CSV, content_type="text/csv")
def export_wallet_entries(query: dict[str, Any]) -> Response:
    """Take your movements along as a table, oldest first; up to 10,000, and on with `after` its last number"""
    rows = queries.statement_rows(g.session, customer_id=g.caller.person_id, limit=_MOST_ROWS, **query)
    return _table(_HEADING, rows, f"wallet-{query['currency']}.csv")


def _table(heading: Iterable[str], rows: Iterable[Iterable[Any]], name: str) -> Response:
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(heading)
    writer.writerows(rows)
    return Response(
        table.getvalue(), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@wallet.get("/statements/<string(maxlength=10):month>")
@guests_too
@wallet.arguments(schemas.MonthQuery, location="query")
@wallet.response(200, schemas.WalletStatementSchema)
def show_wallet_statement(query: dict[str, Any], month: str) -> Document:
    """Show a month's statement (2026-03): what was there, every entry with what it was for, what is there"""
    return Document(queries.statement(g.session, customer_id=g.caller.person_id, month=month, **query))


@wallet.get("/statements/<string(maxlength=10):month>/csv")
@guests_too
@wallet.arguments(schemas.MonthQuery, location="query")
@wallet.response(200, _CSV, content_type="text/csv")
def download_wallet_statement(query: dict[str, Any], month: str) -> Response:
    """Download a month's statement as a table, oldest first; its first row is what was there, its last what is"""
    told = queries.statement(g.session, customer_id=g.caller.person_id, month=month, **query)
    return _table(_HEADING, _statement_rows(told), f"wallet-{query['currency']}-{month}.csv")


def _statement_rows(told: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    currency = told["opening"]["currency"]
    yield (None, _instant(told["begins_at"]), "opening", *(None,) * 4, told["opening"]["amount_minor"], currency)
    for each in told["entries"]:
        yield (
            each["number"],
            _instant(each["happened_at"]),
            *(each[name] for name in ("reason", "purpose", "purpose_id", "order_id")),
            each["amount"]["amount_minor"],
            each["balance"]["amount_minor"],
            currency,
        )
    if told["goes_on_after"] is not None:  # a table that ends early says so
        yield (told["goes_on_after"], None, "goes_on_after", *(None,) * 5, currency)
    yield (None, _instant(told["ends_at"]), "closing", *(None,) * 4, told["closing"]["amount_minor"], currency)


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
