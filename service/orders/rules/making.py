"""What an order takes to make: its work, its longest pieces and when each station starts, changed as one thing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

Work = Mapping[str, int]


def reworked(
    making: Mapping[str, Any],
    *,
    more: Work,
    less: Work,
    starts: Mapping[str, datetime],
    makers: Mapping[str, int],
    now: datetime,
) -> dict[str, Any]:
    """Return what it takes with the seconds of `more` added, for which stations begin at `starts` at the latest, and
    those of `less` taken off, which come last: a station that has less to do begins later by its makers' share,
    rounded down, so never too late; one that has nothing left to do doesn't begin."""
    kept = {**making["work"], **more}
    work = {station: making["work"].get(station, 0) + more.get(station, 0) - less.get(station, 0) for station in kept}
    work = {station: seconds for station, seconds in work.items() if seconds > 0}
    # One piece of it at most; which pieces the lines had is not kept.
    longest = {station: min(seconds, making["longest"].get(station, seconds)) for station, seconds in work.items()}
    begins = {station: _instant(at) for station, at in making["station_starts"].items() if station in work}
    for station, at in begins.items():
        if at > now and station in less:
            begins[station] = at + timedelta(seconds=less[station] // max(1, makers.get(station, 1)))
    for station, at in starts.items():
        begins[station] = min(begins.get(station, at), at)
    return {**making, "work": work, "longest": longest, "station_starts": begins}


def fired_at(making: Mapping[str, Any], *, otherwise: datetime) -> datetime:
    """Return when the store must start: where its first station does, and not after `otherwise` where it isn't known
    of every station when that is."""
    begins = [_instant(at) for at in making["station_starts"].values()]
    if len(begins) < len(making["work"]) or not begins:
        begins.append(otherwise)
    return min(begins)


def _instant(at: datetime | str) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)
