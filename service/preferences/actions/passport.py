"""Taking over what a passport says: only the lines that the customer accepts, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy.orm import Session

from ...errors import Invalid, VersionMismatch
from .. import queries
from ..rules import order_rules, substitution
from ..rules.passport import Line, Offered, Standing, lines_of, merged
from .checks import check
from .say import say

_MOST = {order_rules.KIND: order_rules.MOST_RULES, substitution.KIND: substitution.MOST_RULES}
_NOTHING = Standing(0, None)


def passport_lines(session: Session, *, customer_id: UUID, offered: Sequence[Offered]) -> tuple[list[Line], int]:
    """Return the passport's lines beside what the customer says now, and the revision of that. Changes nothing."""
    standing = queries.standing(session, customer_id=customer_id)
    return _lines(session, offered, standing), _revision(standing)


def accept_passport(
    session: Session,
    *,
    customer_id: UUID,
    offered: Sequence[Offered],
    accepted: Sequence[str],
    expected_revision: int,
    now: datetime,
) -> None:
    """Say the accepted lines of a passport, each kind as a new version; a line that is said already changes nothing.

    `expected_revision` is that of the preview, so that nothing said since is lost. Raises Invalid, VersionMismatch.
    """
    standing = queries.standing(session, customer_id=customer_id)
    if _revision(standing) != expected_revision:
        raise VersionMismatch(_revision(standing))
    lines = {line.name: line for line in _lines(session, offered, standing)}
    _check_accepted(accepted, lines)
    taken = [line for name, line in lines.items() if name in set(accepted) and line.change != "same"]
    # In the order of the keys that are locked.
    for kind, of_kind in groupby(sorted(taken, key=lambda line: line.kind), key=lambda line: line.kind):
        before = standing.get(kind, _NOTHING)
        value = merged(list(of_kind), before.value)
        if len(value.get("rules", ())) > _MOST.get(kind, 0):
            raise Invalid({"lines": [f"You can have {_MOST[kind]} rules of a kind; accept fewer of them."]})
        say(session, customer_id=customer_id, kind=kind, value=value, expected_version=before.version, now=now)


def _lines(session: Session, offered: Sequence[Offered], standing: dict[str, Standing]) -> list[Line]:
    return [
        line
        for each in offered
        for line in lines_of(each, standing.get(each.kind, _NOTHING).value, _wrong(session, each))
    ]


def _wrong(session: Session, offered: Offered) -> list[str]:
    """Return the paths of what a value names that isn't here."""
    if offered.value is None:
        return []
    try:
        check(session, offered.kind, dict(offered.value))
    except Invalid as refusal:
        return list(refusal.facts["errors"])
    return []


def _revision(standing: dict[str, Standing]) -> int:
    return sum(each.version for each in standing.values())


def _check_accepted(accepted: Sequence[str], lines: dict[str, Line]) -> None:
    wrong = {}
    for index, name in enumerate(accepted):
        if name not in lines:
            wrong[f"lines.{index}"] = ["The passport has no such line."]
        elif lines[name].change == "unknown":
            wrong[f"lines.{index}"] = ["This can't be taken over: it says or names something that isn't here."]
    if wrong:
        raise Invalid(wrong)
