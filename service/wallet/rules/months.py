"""Months of a wallet's statements: of UTC, or of the zone that the customer asks for."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


def bounds_of(month: str, timezone: str) -> tuple[datetime, datetime] | None:
    """Return when a month (`2026-03`) begins and ends in the zone, None for what is none."""
    named = _MONTH.fullmatch(month)
    if named is None:
        return None
    year, number = int(named[1]), int(named[2])
    return _first(year, number, timezone), _first(year + number // 12, number % 12 + 1, timezone)


def _first(year: int, month: int, timezone: str) -> datetime:
    # Where clocks skip midnight, the instant they do.
    return datetime(year, month, 1, tzinfo=ZoneInfo(timezone)).astimezone(UTC)
