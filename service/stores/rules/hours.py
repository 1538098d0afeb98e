"""Opening hours: OSM opening_hours expressions, and when they are, as instants.

The expression is evaluated in the store's local wall time (opening-hours-py, with the public holidays of the
store's country) and each edge is made an instant here, by one rule that holds on both clock-change nights:

- a wall time that comes twice means its first coming: a store opens, and closes, when the clock first shows it;
- a wall time that is skipped means the moment at which the clocks jump.

So edges never change their order. A span inside the skipped hour is no opening at all. A dated exception replaces
its whole calendar day; it may itself run past midnight, into a day without an exception of its own. What OSM calls
`unknown` is not promised: it counts as closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# Its type stub leaves out its exceptions.
from opening_hours import OpeningHours, ParserError, State, UnknownCountryError  # type: ignore[attr-defined]

MAX_LENGTH = 1_000
# A store that has no opening within a year has none to tell.
HORIZON_DAYS = 366
# Looked at around what was asked for: an opening that began yesterday, and a cut-off of up to a day before its end.
_MARGIN = timedelta(days=2)

_SPAN = r"([01]?\d|2[0-4]):[0-5]\d-([0-3]?\d|4[0-8]):[0-5]\d"
_EXCEPTION = re.compile(rf"off|24/7|{_SPAN}(\s*,\s*{_SPAN})*", re.ASCII)
# Sun times need coordinates and move daily; `+` is an open end: neither can be promised to the minute.
_UNPROMISED = re.compile(r"sunrise|sunset|dawn|dusk|\d:\d\d\s*\+", re.IGNORECASE)
_COMMENT = re.compile('"[^"]*"')


class InvalidHours(ValueError):
    """The text isn't opening hours that this service can promise; the message says why."""


@dataclass(frozen=True, slots=True)
class Opening:
    """An uninterrupted time of being open; `closes_at` None means for as long as can be told."""

    opens_at: datetime
    closes_at: datetime | None

    def holds(self, at: datetime) -> bool:
        """Tell whether the instant lies in the opening; the closing instant doesn't."""
        return self.opens_at <= at and (self.closes_at is None or at < self.closes_at)


def check_hours(hours: str) -> str:
    """Return the expression, trimmed. Raises InvalidHours."""
    hours = hours.strip()
    if not hours or len(hours) > MAX_LENGTH:
        raise InvalidHours(f"Give 1 to {MAX_LENGTH} characters in OSM opening_hours syntax.")
    if _UNPROMISED.search(_COMMENT.sub("", hours)):
        raise InvalidHours("Give clock times: sun times and open ends can't be promised to the minute.")
    try:
        _parsed(hours, None)
    except ParserError as error:
        raise InvalidHours("Not OSM opening_hours syntax, such as 'Mo-Fr 06:00-21:00; Sa 08:00-18:00'.") from error
    return hours


def check_exception(hours: str) -> str:
    """Return one date's hours, trimmed: `off`, `24/7` or time spans. Raises InvalidHours."""
    hours = hours.strip()
    if len(hours) > 100 or not _EXCEPTION.fullmatch(hours):
        raise InvalidHours("Give 'off', '24/7' or time spans such as '08:00-12:00,14:00-18:00'.")
    check_hours(_dated(date(2024, 1, 1), hours))
    return hours


def openings(
    hours: str, exceptions: Mapping[date, str], *, timezone: str, country: str, since: datetime, until: datetime
) -> Iterator[Opening]:
    """Give the openings that end after `since` and begin before `until`, in order; lazily."""
    zone = ZoneInfo(timezone)
    expression = "; ".join([hours, *(_dated(day, exceptions[day]) for day in sorted(exceptions))])
    begin, end = _wall(since, zone) - _MARGIN, _wall(until, zone) + _MARGIN
    for opens, closes in _merged(_parsed(expression, country), begin, end):
        opening = Opening(instant(opens, zone), instant(closes, zone) if closes < end else None)
        if opening.opens_at >= until:
            return
        if opening.closes_at is None or since < opening.closes_at > opening.opens_at:
            yield opening


def _dated(day: date, hours: str) -> str:
    # English month names whatever the locale is, so no strftime.
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[day.month - 1]
    return f"{day.year} {month} {day.day:02} {'00:00-24:00' if hours == '24/7' else hours}"


@lru_cache(maxsize=4096)
def _parsed(expression: str, country: str | None) -> OpeningHours:
    try:
        return OpeningHours(
            expression, country=country, auto_country=False, auto_timezone=False, max_interval_days=HORIZON_DAYS
        )
    except UnknownCountryError:  # no holiday calendar: PH rules never apply there
        return _parsed(expression, None)


def _merged(parsed: OpeningHours, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Give open spans of wall time; neighbours that differ in their comment only are one span."""
    current: tuple[datetime, datetime] | None = None
    for opens, closes, state, _comment in parsed.intervals(begin, end):
        if state != State.OPEN:
            continue
        if current is not None and current[1] == opens:
            current = (current[0], closes)
            continue
        if current is not None:
            yield current
        current = (opens, closes)
    if current is not None:
        yield current


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of a wall time: the first of two, the jump itself where the clocks skip it."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    # Skipped: the jump lies between the readings by the later and by the earlier offset.
    before, after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), first
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
