"""Walk-ins: what one takes to make, and what is kept of its lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ...errors import Invalid
from ...menu.rules import ResolvedLine
from .basket import Priced, line_document, line_work
from .promise import Claim, Work

MOST_OF_LABEL = 40
_MADE = ("item", "size", "note", "without", "modifiers", "contains", "may_contain")


def check_work(work_seconds: Mapping[str, int], lines: Sequence[object]) -> None:
    """Raise Invalid where there is nothing to make, or less than a second of it."""
    wrong = {f"work_seconds.{station}": ["At least one second."] for station, each in work_seconds.items() if each < 1}
    if wrong:
        raise Invalid(wrong)
    if not work_seconds and not lines:
        raise Invalid({"lines": ["Name what to make, or the seconds of at least one station."]})


def work_of(priced: Priced | None, more: Mapping[str, int]) -> Work:
    """Return the work of the lines and the seconds that were said beside them. Of those no pieces are known."""
    work = priced.work() if priced is not None else Work({}, {})
    stations = {**work.seconds, **more}
    return Work(
        {station: work.seconds.get(station, 0) + more.get(station, 0) for station in stations}, dict(work.longest)
    )


def lines_kept(priced: Priced | None, more: Mapping[str, int], currency: str) -> list[dict[str, Any]]:
    """Return the lines as they are kept: what was chosen from the menu, then what only seconds were said of."""
    kept = []
    for position, (line, cost) in enumerate(zip(priced.lines, priced.money, strict=True) if priced else (), start=1):
        sold = line_document(position, line, cost, currency, {}, ())
        kept.append(_line(position, line, cost.total_minor, {name: sold[name] for name in _MADE}))
    if more:
        kept.append({"position": len(kept) + 1, "quantity": 1, "work": dict(more), "total_minor": 0, "document": None})
    return kept


def _line(position: int, line: ResolvedLine, total_minor: int, made: Mapping[str, Any]) -> dict[str, Any]:
    kept = {"position": position, "quantity": line.quantity, "work": line_work(line)}
    return {**kept, "total_minor": total_minor, "document": made}


def expected_at(claims: Iterable[Claim], starts: Mapping[str, datetime], work: Work, now: datetime) -> datetime:
    """Return when it should be ready: each claimed station's work after its start; where nothing is claimed, the
    longest station's from now."""
    ends = [starts[each.station] + timedelta(seconds=work.seconds[each.station]) for each in claims]
    return max(ends, default=now + timedelta(seconds=max(work.seconds.values(), default=0)))
