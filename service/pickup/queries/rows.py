"""Where the lines of one ticket stand at their stations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...orders import queries as orders
from ...orders.rules.states import State
from ..models import LineStation
from ..rules import rows as rules
from ..rules.rows import Row

_STATIONS: sa.Table = LineStation.__table__  # type: ignore[assignment]
_KEPT = sa.select(_STATIONS).where(_STATIONS.c.order_id == sa.bindparam("of_order"))

Kept = Mapping[tuple[int, str], Mapping[str, Any]]
"""What someone did to the rows of an order, by position and station."""


def kept_rows(session: Session, *, order_id: UUID) -> Kept:
    """Return the rows of the order that someone touched."""
    found = session.connection().execute(_KEPT, {"of_order": order_id}).mappings()
    return {(row["position"], row["station"]): dict(row) for row in found}


def rows_to_make(session: Session, order: Mapping[str, Any], kept: Kept) -> tuple[Row, ...]:
    """Return every line of the order (its row) that is to be made, at each of its stations."""
    return rows_of_lines(order, orders.lines_to_make(session, order_ids=[order["id"]]), kept)


def rows_of_lines(order: Mapping[str, Any], lines: Iterable[sa.Row[Any]], kept: Kept) -> tuple[Row, ...]:
    """Return those of the order's lines that are to be made, at each of their stations."""
    states = {key: row["state"] for key, row in kept.items()}
    return rules.rows_of(
        [(line.position, line.work) for line in lines if line.struck_at is None], states, State(order["state"])
    )
