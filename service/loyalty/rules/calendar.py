"""Days and months in the programme's own zone."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def start_of(day: date, timezone: str, *, days_after: int = 0) -> datetime:
    """Return the instant at which a day begins in the zone; where clocks skip midnight, the instant they do."""
    midnight = datetime.combine(day + timedelta(days=days_after), time(), ZoneInfo(timezone))
    return midnight.astimezone(UTC)


def day_of(at: datetime, timezone: str) -> date:
    """Return the day in the zone."""
    return at.astimezone(ZoneInfo(timezone)).date()


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later (or earlier), the month's last one where it has no such day."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))


def end_after_months(at: datetime, months: int, timezone: str) -> datetime:
    """Return when something given at an instant ends: after the whole of the day so many months later."""
    return start_of(add_months(day_of(at, timezone), months), timezone, days_after=1)


def end_after_days(at: datetime, days: int, timezone: str) -> datetime:
    """Return when something given at an instant ends: after the whole of the day so many days later."""
    return start_of(day_of(at, timezone), timezone, days_after=days + 1)


def year_before(at: datetime, timezone: str) -> datetime:
    """Return the beginning of the twelve months that count towards a tier: the same day a year ago, as it begins."""
    return start_of(add_months(day_of(at, timezone), -12), timezone)


def month_of(text: str, timezone: str) -> tuple[datetime, datetime] | None:
    """Return when a month (`2026-03`) begins and ends in the zone, None for what is none."""
    if len(text) != 7 or text[4] != "-" or not (text.isascii() and (text[:4] + text[5:]).isdigit()):
        return None
    year, month = int(text[:4]), int(text[5:])
    if not (2000 <= year < 2100 and 1 <= month <= 12):
        return None
    first = date(year, month, 1)
    return start_of(first, timezone), start_of(add_months(first, 1), timezone)
