"""What became of the stars of orders that were picked up, as their customers are shown it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ...loyalty import queries as loyalty_queries
from ...loyalty.rules.earning import Posted
from ..rules.stars import stars_posted
from ..rules.states import State

_CLAIM = "Given for your claim"


def posted_of(session: Session, row: sa.Row[Any]) -> dict[str, Any] | None:
    """Return what became of the stars of an order (`state`, `stars`, `posted`: what loyalty says of it), None before
    its pickup, and where none were shown and none posted."""
    return posted_of_all(session, [row])[0]


def posted_of_all(session: Session, rows: Sequence[sa.Row[Any]]) -> list[dict[str, Any] | None]:
    """Return the same of several; one statement where rules gave stars that no quote showed, else none."""
    found = [loyalty_queries.posted_stars(row.posted) if row.state == State.PICKED_UP else None for row in rows]
    both = list(zip(rows, found, strict=True))
    is_new = any(_gave_unshown(row.stars, posted) for row, posted in both if posted is not None)
    versions = loyalty_queries.rule_labels(session) if is_new else {}
    return [
        stars_posted(row.stars, posted, _labels(posted, versions)) if posted is not None else None
        for row, posted in both
    ]


def _gave_unshown(kept: Mapping[str, Any] | None, posted: Sequence[Posted]) -> bool:
    """Tell whether a rule of the programme gave stars that the order's quote didn't show."""
    shown = {each["rule"] for each in kept["shown"]["rules"]} if kept is not None else set()
    return any(each.programme_version is not None and each.rule not in shown for each in posted)


def _labels(posted: Sequence[Posted], versions: Mapping[int | None, Mapping[str, str]]) -> dict[str, str]:
    found = {each.rule: versions.get(each.programme_version, {}).get(each.rule, each.rule) for each in posted}
    return {**found, loyalty_queries.CLAIMED: _CLAIM}
