"""Whether something may be told now: only what its customer said, and when they said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .quiet import quiet_of

Value = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tell:
    """It may go out now; `until` it must have arrived, or not arrive at all."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """It is quiet now: another look is due at `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Drop:
    """Nobody wants to be told of it, or not now and not later."""


Verdict = Tell | Hold | Drop


def channels_for(notifications: Value | None, moment: str) -> tuple[str, ...]:
    """Return how a customer wants to be told of the moment: nothing said, nothing told."""
    told = notifications["moments"] if notifications is not None else ()
    return tuple(channel for each in told if each["moment"] == moment for channel in each["channels"])


def verdict(
    notifications: Value | None,
    quiet_hours: Value | None,
    *,
    moment: str,
    channel: str,
    now: datetime,
    lasts: timedelta,
) -> Verdict:
    """Judge by what the customer says now; what is told of the moment is worth something for as long as it `lasts`."""
    if channel not in channels_for(notifications, moment):
        return Drop()
    if quiet_hours is None or moment in quiet_hours["allow"]:
        return Tell(now + lasts)
    quiet = quiet_of(quiet_hours)
    if not quiet.is_at(now):
        # A device that is off now must not ring in the night.
        return Tell(quiet.begins_after(now, until=now + lasts) or now + lasts)
    ends_at = quiet.ends_after(now) if quiet_hours["others"] == "hold" else None
    return Hold(ends_at) if ends_at is not None else Drop()
