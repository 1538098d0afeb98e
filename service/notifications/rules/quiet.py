"""Quiet hours: the minutes of a week in which a customer's own clock reads quiet (docs/preferences.md).

What the clock on the wall shows decides, and nothing else. So in the night that repeats an hour both passes of it are
alike, a time in the hour that is skipped never comes, and quiet that begins in that hour begins right after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ...preferences.rules.choices import DAYS

_DAY = 24 * 60
_WEEK = 7 * _DAY
_MINUTE = timedelta(minutes=1)
# Offsets change by two hours at most, and twice within an hour never: at a change it is looked minute by minute.
_STRIDE = 60
LONGEST = timedelta(days=8)
"""Quiet that lasts longer is taken to last for ever."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """The quiet minutes of a week, Monday 00:00 first, by the clock of `zone`."""

    zone: ZoneInfo
    minutes: bytes

    def is_at(self, instant: datetime) -> bool:
        """Tell whether it is quiet."""
        local = instant.astimezone(self.zone)
        return bool(self.minutes[local.weekday() * _DAY + local.hour * 60 + local.minute])

    def ends_after(self, instant: datetime) -> datetime | None:
        """Return the first instant from this one on that isn't quiet, None where there is none within eight days."""
        return self._first(instant, quiet=False, until=instant + LONGEST)

    def begins_after(self, instant: datetime, *, until: datetime) -> datetime | None:
        """Return the first instant from this one on that is quiet, None where there is none before `until`."""
        return self._first(instant, quiet=True, until=until)

    def _first(self, instant: datetime, *, quiet: bool, until: datetime) -> datetime | None:
        at = instant.astimezone(UTC)
        while self.is_at(at) is not quiet:
            ahead = at + self._run(at) * _MINUTE
            if self._offset(ahead) != self._offset(at):
                ahead = at + _MINUTE
            at = ahead.replace(second=0, microsecond=0)
            if at >= until:
                return None
        return at

    def _run(self, at: datetime) -> int:
        """Return for how many minutes, an hour at most, the week's clock goes on as it is now."""
        local = at.astimezone(self.zone)
        minute = local.weekday() * _DAY + local.hour * 60 + local.minute
        now = self.minutes[minute]
        return next((n for n in range(1, _STRIDE) if self.minutes[(minute + n) % _WEEK] != now), _STRIDE)

    def _offset(self, at: datetime) -> timedelta | None:
        return at.astimezone(self.zone).utcoffset()


def quiet_of(value: Mapping[str, Any]) -> Quiet:
    """Read quiet hours as said: on `days`, `from` a wall time `until` another, of the next day unless later."""
    minutes = bytearray(_WEEK)
    for times in value["times"]:
        begins, ends = _minute(times["from"]), _minute(times["until"])
        length = (ends - begins) % _DAY
        for day in times["days"]:
            first = DAYS.index(day) * _DAY + begins
            for minute in range(first, first + length):
                minutes[minute % _WEEK] = 1
    return Quiet(ZoneInfo(value["zone"]), bytes(minutes))


def _minute(wall: str) -> int:
    return int(wall[:2]) * 60 + int(wall[3:])
