"""What the routes of one's own stars share."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import Response, current_app, g

from ...errors import NotFound
from .. import queries
from ..errors import NotJoined

_COLUMNS = (
    "number",
    "happened_at",
    "kind",
    "stars",
    "qualifying_stars",
    "qualifies_at",
    "rule",
    "label",
    "programme_version",
    "order_id",
    "reference_id",
    "reason",
)
_OF_LOT = ("lot_id", "stars", "programme_version")


def member_id() -> UUID:
    """Return the caller's membership. Raises NotJoined."""
    return queries.member_of(g.session, customer_id=g.caller.person_id).id


def history_id() -> UUID:
    """Return the caller's membership, also one that ended. Raises NotJoined."""
    return queries.history_of(g.session, customer_id=g.caller.person_id).id


def owner_id(what: str) -> UUID:
    """Return the membership, also one that ended, of a caller who would have to own something. Raises NotFound."""
    try:
        return history_id()
    except NotJoined as error:
        raise NotFound(what) from error


def csv_of(entries: Iterable[Mapping[str, Any]], filename: str) -> Response:
    """Return entries as CSV, a row for each lot that one moves."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow([*_COLUMNS, "lot_id", "lot_stars", "lot_programme_version"])
    for entry in entries:
        row = [_cell(entry[name]) for name in _COLUMNS]
        for lot in entry["lots"] or [dict.fromkeys(_OF_LOT)]:
            table.writerow([*row, *(lot[name] for name in _OF_LOT)])
    answer: Response = current_app.response_class(written.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer


def _cell(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    # Staff write reasons: a spreadsheet must not read one as a formula.
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
