"""The stars that were posted for an order, read inside another package's statement: it and they are of one snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..models import Claim, Member, Merger, StarEntry, StarLot
from ..rules.earning import Posted
from .programme import versions

_ENTRIES: sa.Table = StarEntry.__table__  # type: ignore[assignment]
_LOTS: sa.Table = StarLot.__table__  # type: ignore[assignment]
_MEMBERS: sa.Table = Member.__table__  # type: ignore[assignment]
_MERGERS: sa.Table = Merger.__table__  # type: ignore[assignment]
_CLAIMS: sa.Table = Claim.__table__  # type: ignore[assignment]
_GIVEN_UP = _MEMBERS.alias("given_up")
_WITHIN, _BETWEEN = "\x1f", "\x1e"  # control characters: no key has one
CLAIMED = "claim"


def posted_for(
    order_id: sa.ColumnExpressionArgument[UUID], customer_id: sa.ColumnExpressionArgument[UUID]
) -> sa.ColumnElement[str]:
    """Return what was posted to an order's customer for it, as one text to be read by `posted_stars`, as an expression
    to embed in another statement; empty for nothing.

    What somebody else was given for its receipt is theirs. The account that the customer's was brought into has what
    was promised the customer.
    """
    given_up = sa.exists().where(_MERGERS.c.from_member_id == _GIVEN_UP.c.id, _GIVEN_UP.c.customer_id == customer_id)
    earned = (
        sa.select(_texts(_ENTRIES.c.rule, _ENTRIES.c.stars, _LOTS.c.reversed, _ENTRIES.c.programme_version))
        .join(_LOTS, sa.and_(_LOTS.c.order_id == _ENTRIES.c.order_id, _LOTS.c.rule == _ENTRIES.c.rule))
        .join(_MEMBERS, _MEMBERS.c.id == _ENTRIES.c.member_id)
        .where(
            _ENTRIES.c.order_id == order_id,
            _ENTRIES.c.kind == "earned",
            sa.or_(_MEMBERS.c.customer_id == customer_id, given_up.correlate_except(_MERGERS, _GIVEN_UP)),
        )
    )
    claimed = (
        sa.select(_texts(sa.literal(CLAIMED), _CLAIMS.c.stars, sa.literal(0), sa.literal("")))
        .join(_MEMBERS, _MEMBERS.c.id == _CLAIMS.c.member_id)
        # What the receipt proved is in the order's own entries.
        .where(
            _CLAIMS.c.receipt == order_id,
            _CLAIMS.c.state == "granted",
            _CLAIMS.c.answered_by.is_not(None),
            _MEMBERS.c.customer_id == customer_id,
        )
    )
    texts = (
        earned.correlate_except(_ENTRIES, _LOTS, _MEMBERS).scalar_subquery(),
        claimed.correlate_except(_CLAIMS, _MEMBERS).scalar_subquery(),
    )
    both: sa.ColumnElement[str] = sa.func.coalesce(texts[0], "") + _BETWEEN + sa.func.coalesce(texts[1], "")
    return both


def _texts(*columns: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    first, *rest = (sa.cast(column, sa.Text) for column in columns)
    text: sa.ColumnElement[str] = first
    for column in rest:
        text = text + _WITHIN + column
    return sa.func.aggregate_strings(text, _BETWEEN)


def posted_stars(text: str) -> list[Posted]:
    """Return what the expression says, in the order of the rules' keys."""
    found = [each.split(_WITHIN) for each in text.split(_BETWEEN) if each]
    return sorted(
        (
            Posted(rule, int(stars), int(taken), int(version) if version else None)
            for rule, stars, taken, version in found
        ),
        key=lambda each: each.rule,
    )


def rule_labels(session: Session) -> Mapping[int | None, Mapping[str, str]]:
    """Return the label of every rule by version and key; one statement where the versions are known."""
    return {each.version: each.labels() for each in versions(session)}
