"""On which days a standing order is due, and at which instant of them (docs/standing-orders.md).

Recurrence rules are RFC 5545's, bounded: by day at the most often, and only parts with which looking for the next day
ends. They are expanded in calendar days, and the zone is attached after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil import rrule

from ...stores.rules.hours import instant

LONGEST_RULE = 200
MOST_TIMES = 1_000
HORIZON = timedelta(days=730)
"""How far ahead a standing order's next day is looked for; a rule without one in that time has ended."""

# The calendar repeats itself every 400 years, weekdays and all. dateutil looks for the next day until the year 9999,
# so a rule without any is looked through near it: that ends in milliseconds.
_CYCLE = 400
_CYCLES = 19
_PARTS = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST", "COUNT", "UNTIL"})
_FREQUENCIES = {"DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY}
_OF_MONTHS_ONLY = ("BYMONTHDAY", "BYSETPOS")
_WEEKDAYS = {
    "MO": rrule.MO,
    "TU": rrule.TU,
    "WE": rrule.WE,
    "TH": rrule.TH,
    "FR": rrule.FR,
    "SA": rrule.SA,
    "SU": rrule.SU,
}
_DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,4}", re.ASCII)


class InvalidRecurrence(ValueError):
    """The text isn't a rule that can be followed; the message says why."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule of days; `until` is its last possible day, `count` how often it is due at most."""

    frequency: int
    interval: int
    weekdays: tuple[rrule.weekday, ...]
    month_days: tuple[int, ...]
    months: tuple[int, ...]
    positions: tuple[int, ...]
    week_starts: rrule.weekday
    count: int | None
    until: date | None

    def days(self, starts_on: date, *, after: date | None, until: date) -> Iterator[date]:
        """Give the days of the rule from its start up to `until`, those after a day only, in order; lazily."""
        last = min(until, self.until or until)
        found = rrule.rrule(
            self.frequency,
            dtstart=datetime.combine(_far(starts_on), time()),
            interval=self.interval,
            wkst=self.week_starts,
            byweekday=self.weekdays or None,
            bymonthday=self.month_days or None,
            bymonth=self.months or None,
            bysetpos=self.positions or None,
            until=datetime.combine(_far(last), time()),
        )
        for each in islice(found, self.count):
            day = _near(each.date())
            if after is None or day > after:
                yield day


def read_recurrence(text: str) -> Recurrence:
    """Read a rule such as `FREQ=WEEKLY;BYDAY=MO,WE,FR`. Raises InvalidRecurrence."""
    if len(text) > LONGEST_RULE:
        raise InvalidRecurrence(f"At most {LONGEST_RULE} characters.")
    parts = _parts(text)
    frequency = parts.get("FREQ", "")
    if frequency not in _FREQUENCIES:
        raise InvalidRecurrence("FREQ is DAILY, WEEKLY or MONTHLY.")
    for name in _OF_MONTHS_ONLY:
        if name in parts and frequency != "MONTHLY":
            raise InvalidRecurrence(f"{name} goes with FREQ=MONTHLY.")
    if "COUNT" in parts and "UNTIL" in parts:
        raise InvalidRecurrence("COUNT or UNTIL, not both.")
    if "BYSETPOS" in parts and not {"BYDAY", "BYMONTHDAY"} & parts.keys():
        raise InvalidRecurrence("BYSETPOS chooses of the days of BYDAY or BYMONTHDAY.")
    counts = _numbers(parts, "COUNT", 1, MOST_TIMES, single=True)
    week_starts = parts.get("WKST", "MO")
    if week_starts not in _WEEKDAYS:
        raise InvalidRecurrence("WKST is a weekday, such as MO.")
    return Recurrence(
        frequency=_FREQUENCIES[frequency],
        interval=(_numbers(parts, "INTERVAL", 1, 60, single=True) or (1,))[0],
        weekdays=_weekdays(parts.get("BYDAY"), is_numbered=frequency == "MONTHLY"),
        month_days=_numbers(parts, "BYMONTHDAY", -31, 31),
        months=_numbers(parts, "BYMONTH", 1, 12),
        positions=_numbers(parts, "BYSETPOS", -31, 31),
        week_starts=_WEEKDAYS[week_starts],
        count=counts[0] if counts else None,
        until=_until(parts.get("UNTIL")),
    )


def _parts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name not in _PARTS:
            raise InvalidRecurrence(f"Name only {', '.join(sorted(_PARTS))}, such as FREQ=WEEKLY;BYDAY=MO,FR.")
        if name in found:
            raise InvalidRecurrence(f"{name} is there twice.")
        found[name] = value
    return found


def _numbers(parts: dict[str, str], name: str, least: int, most: int, *, single: bool = False) -> tuple[int, ...]:
    if name not in parts:
        return ()
    texts = parts[name].split(",")
    numbers = [int(each) for each in texts if _NUMBER.fullmatch(each)]
    is_right = all(least <= each <= most and each != 0 for each in numbers)
    if len(numbers) != len(texts) or not is_right or (single and len(numbers) != 1):
        raise InvalidRecurrence(f"{name} takes {'a number' if single else 'numbers'} from {least} to {most}.")
    return tuple(dict.fromkeys(numbers))


def _weekdays(text: str | None, *, is_numbered: bool) -> tuple[rrule.weekday, ...]:
    found = []
    for each in text.split(",") if text else ():
        match = _DAY.fullmatch(each)
        if match is None or (match[1] and not is_numbered):
            raise InvalidRecurrence("BYDAY takes weekdays such as MO,FR; numbered ones (1MO) with FREQ=MONTHLY.")
        weekday = _WEEKDAYS[match[2]]
        found.append(weekday(int(match[1])) if match[1] else weekday)
    return tuple(found)


def _until(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text) if re.fullmatch("20[0-9]{6}", text, re.ASCII) else None
    except ValueError:
        day = None
    if day is None:
        raise InvalidRecurrence("UNTIL is a day, such as 20271231.")
    return day


def _far(day: date) -> date:
    return day.replace(year=day.year + _CYCLE * _CYCLES)


def _near(day: date) -> date:
    return day.replace(year=day.year - _CYCLE * _CYCLES)


def instant_of(day: date, at: str, timezone: str) -> datetime | None:
    """Return the instant of a wall time (`08:15`) on a local day: of one that comes twice the first, for one that the
    clocks skip the next that there is. None where the day has none: it was left out of the calendar there.
    """
    zone = ZoneInfo(timezone)
    hour, minute = at.split(":")
    found = instant(datetime.combine(day, time(int(hour), int(minute))), zone).astimezone(UTC)
    return found if found.astimezone(zone).date() == day else None
