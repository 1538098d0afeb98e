"""The HTTP edge: one request is one transaction, and everything on the wire that is the same for every route.

Packages import from here: `Blueprint` and the audience guards, the JSON field types, cursor pages, `Document`.
Nothing in here knows a business package; `accounts` tells it who a caller is through `guards.identify_with`.
"""

from . import fields
from .afterwards import after_commit, answer_after_commit, committed
from .answers import Document
from .audiences import (
    Caller,
    customer_only,
    guests_too,
    operator_only,
    public,
    signed_in,
    staff_only,
)
from .blueprint import Blueprint
from .pages import ChangesQuery, Page, PageQuery, page_schema
from .schemas import Schema

__all__ = [
    "Blueprint",
    "Caller",
    "ChangesQuery",
    "Document",
    "Page",
    "PageQuery",
    "Schema",
    "after_commit",
    "answer_after_commit",
    "committed",
    "customer_only",
    "fields",
    "guests_too",
    "operator_only",
    "page_schema",
    "public",
    "signed_in",
    "staff_only",
]
