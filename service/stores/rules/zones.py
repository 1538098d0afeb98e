"""Which IANA zone a row of a store directory means. The rules are stated in docs/imports.md; none guesses.

Directories carry names that no clock knows ("Asia/Beijing"), names cut short, abbreviations with a daylight-saving
flag, and names that contradict the row's own coordinates. The boundaries of zones come from tzfpy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global
from tzfpy import get_tz

from ...importing import Repair, RowRefused

Conflict = Literal["refuse", "file", "coordinates"]

_GIVEN = re.compile(r"(?:(?:GMT|UTC)?([+-]\d{1,2}:?\d{2}|[+-]\d{6}))?\s*(\S*)", re.ASCII)
_ABBREVIATION = re.compile(r"(AST|EST|CST|MST|PST|AKST|HST)([+-]\d{1,2})?", re.ASCII)
_STANDARD_HOURS = {"AST": -4, "EST": -5, "CST": -6, "MST": -7, "PST": -8, "AKST": -9, "HST": -10}


@dataclass(frozen=True, slots=True)
class Place:
    """What a row says of where it is; `year` is the year whose clocks are compared."""

    country: str
    latitude: float
    longitude: float
    year: int


def zone_of(given: str, saves_daylight: bool | None, place: Place, conflict: Conflict) -> tuple[str, Repair | None]:
    """Return the zone that a row means, and the rule that was needed to tell.

    `saves_daylight` is the row's daylight-saving flag, None where it has none. Raises RowRefused.
    """
    at_place = _zone_at(place)
    abbreviation = _ABBREVIATION.fullmatch(given)
    if abbreviation is not None:
        hours = _STANDARD_HOURS[abbreviation[1]] + int(abbreviation[2] or 0)
        return _by_offset(given, timedelta(hours=hours), at_place, saves_daylight, place, "zone-from-abbreviation")
    parts = _GIVEN.fullmatch(given)
    if parts is None:
        raise RowRefused("unknown-zone", f"{given!r} is no zone")
    name = parts[2]
    if _is_place_name(name):
        return _agreeing(name, None, at_place, place, conflict)
    completions = [zone for zone in _zones() if name.count("/") and zone.startswith(name)]
    if len(completions) == 1:
        repair = Repair("zone-completed", f"{name} is cut from {completions[0]}")
        return _agreeing(completions[0], repair, at_place, place, conflict)
    offset = _offset(parts[1])
    if offset is None:
        raise RowRefused("unknown-zone", f"{given!r} is no IANA zone and states no offset")
    return _by_offset(given, offset, at_place, saves_daylight, place, "zone-by-coordinates")


def _is_place_name(name: str) -> bool:
    # Names like EST are links to some city of that offset: no directory means that city.
    return "/" in name and name in _zones()


def _by_offset(
    given: str, offset: timedelta, at_place: str | None, saves_daylight: bool | None, place: Place, rule: str
) -> tuple[str, Repair]:
    """Take the zone at the coordinates if its standard offset (and daylight saving) is what the file states."""
    if at_place is None:
        raise RowRefused("unknown-zone", f"{given!r} is no IANA zone and no zone is at the coordinates")
    clock = _clock(at_place, place.year)
    observed = len(set(clock)) > 1
    if min(clock) != offset or saves_daylight not in (None, observed):
        raise RowRefused("zone-contradicts-coordinates", f"{given!r} in the file, {at_place} at the coordinates")
    return at_place, Repair(rule, f"{given!r} means {at_place} here")


def _agreeing(
    name: str, repair: Repair | None, at_place: str | None, place: Place, conflict: Conflict
) -> tuple[str, Repair | None]:
    """Take the named zone where its clock is that of the coordinates; else tell who errs, or refuse."""
    if at_place is None or _clock(name, place.year) == _clock(at_place, place.year):
        return name, repair
    territories = get_global("zone_territories")
    note = f"{name} in the file, {at_place} at the coordinates"
    if territories.get(name, place.country) != place.country == territories.get(at_place):
        return at_place, Repair("zone-of-the-country", f"{note}, which is in {place.country}")
    if conflict == "refuse":
        raise RowRefused("zone-contradicts-coordinates", note)
    return (name if conflict == "file" else at_place), Repair(f"zone-by-choice-of-{conflict}", note)


def _zone_at(place: Place) -> str | None:
    name = get_tz(place.longitude, place.latitude)
    return name if _is_place_name(name) and not name.startswith("Etc/") else None


def _offset(text: str | None) -> timedelta | None:
    if text is None or len(text) == 7:  # +000000 stands where no offset was known
        return None
    hours, minutes = text[1:].replace(":", "")[:-2], text[-2:]
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return -offset if text[0] == "-" else offset


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=2048)
def _clock(name: str, year: int) -> tuple[timedelta, ...]:
    """Return the zone's offset at noon of each month's first day: zones that agree in all keep the same time."""
    zone = ZoneInfo(name)
    offsets = (datetime(year, month, 1, 12, tzinfo=UTC).astimezone(zone).utcoffset() for month in range(1, 13))
    return tuple(offset or timedelta() for offset in offsets)
