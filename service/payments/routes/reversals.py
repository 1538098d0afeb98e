"""HTTP of what providers' sides took back past the service."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from ...http import Blueprint, Page, operator_only, page_schema
from ...http.pages import decode_cursor
from .. import queries, schemas

reversals = Blueprint(
    "payment_reversals",
    __name__,
    url_prefix="/v1/payment-reversals",
    description="Disputes, and refunds that nobody here asked for.",
)


@reversals.get("")
@operator_only
@reversals.arguments(schemas.ReversalsQuery, location="query")
@reversals.response(200, page_schema(schemas.PaymentReversalSchema))
def list_payment_reversals(query: dict[str, Any]) -> Page[Any]:
    """List what banks dispute, and what was given back at a provider past the service, newest first"""
    (before,) = decode_cursor(query["cursor"], UUID) or (None,)
    rows = queries.reversals(g.session, kind=query["kind"], before=before, limit=query["limit"])
    return Page.of(rows, query["limit"], lambda row: [row["id"]])
