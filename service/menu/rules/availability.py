"""Whether a thing of the menu can be ordered for an instant, why not, and until when that holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import opening_hours
from opening_hours import OpeningHours

from .catalog import Group, Item, Menu, Option, Size

Reason = Literal["sold_out", "daypart", "not_yet", "no_longer"]


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether it can be ordered; where not, why, and until when (None: until someone changes it)."""

    is_available: bool
    reason: Reason | None = None
    until: datetime | None = None


AVAILABLE = Availability(True)


def item_availability(item: Item, *, at: datetime, timezone: str, country: str) -> Availability:
    """Tell whether the item can be ordered for the instant at a store in the zone and country."""
    if item.is_out_of_stock:
        return Availability(False, "sold_out")
    if _is_sold_out(item, at):
        return Availability(False, "sold_out", item.sold_out_until)
    day = at.astimezone(ZoneInfo(timezone)).date()
    if item.available_from is not None and day < item.available_from:
        return Availability(False, "not_yet", _midnight(item.available_from, timezone))
    if item.available_until is not None and day > item.available_until:
        return Availability(False, "no_longer")
    if item.available_hours is not None:
        hours, local = _hours(item.available_hours, timezone, country), at.astimezone(ZoneInfo(timezone))
        if not hours.is_open(local):
            change = hours.next_change(local)
            return Availability(False, "daypart", change.astimezone(UTC) if change is not None else None)
    return AVAILABLE


def size_availability(size: Size, *, at: datetime) -> Availability:
    """Tell whether the size itself can be ordered for the instant (its item apart)."""
    return Availability(False, "sold_out", size.sold_out_until) if _is_sold_out(size, at) else AVAILABLE


def option_availability(option: Option, *, at: datetime) -> Availability:
    """Tell whether the option itself can be ordered for the instant."""
    return Availability(False, "sold_out", option.sold_out_until) if _is_sold_out(option, at) else AVAILABLE


def _is_sold_out(thing: Item | Size | Option, at: datetime) -> bool:
    return thing.is_sold_out and (thing.sold_out_until is None or at < thing.sold_out_until)


def next_change(menu: Menu, *, at: datetime, timezone: str, country: str) -> datetime | None:
    """Return the first instant after `at` when any availability of the menu changes by itself, None for never."""
    changes = [
        change for item in menu.items.values() for change in _changes(item, at=at, timezone=timezone, country=country)
    ]
    return min((change for change in changes if change > at), default=None)


def _changes(item: Item, *, at: datetime, timezone: str, country: str) -> Iterator[datetime]:
    things: list[Item | Size | Option] = [item, *item.sizes, *_options(item.groups)]
    for thing in things:
        if thing.is_sold_out and thing.sold_out_until is not None:
            yield thing.sold_out_until
    if item.available_from is not None:
        yield _midnight(item.available_from, timezone)
    if item.available_until is not None:
        yield _midnight(item.available_until + timedelta(days=1), timezone)
    if item.available_hours is not None:
        change = _hours(item.available_hours, timezone, country).next_change(at.astimezone(ZoneInfo(timezone)))
        if change is not None:
            yield change.astimezone(UTC)


def _options(groups: tuple[Group, ...]) -> Iterator[Option]:
    for group in groups:
        for option in group.options:
            yield option
            yield from _options(option.groups)


def _midnight(day: date, timezone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)


def is_open_at(hours: str, at: datetime, *, timezone: str, country: str) -> bool:
    """Tell whether the instant lies in the hours (OSM opening_hours syntax) of a place in the zone and country."""
    return _hours(hours, timezone, country).is_open(at.astimezone(ZoneInfo(timezone)))


def is_parsable(hours: str) -> bool:
    """Tell whether the text is OSM opening_hours syntax."""
    try:
        OpeningHours(hours)
    except opening_hours.ParserError:  # type: ignore[attr-defined] # its stub forgets it
        return False
    return True


@lru_cache(1024)
def _hours(hours: str, timezone: str, country: str) -> OpeningHours:
    try:
        return OpeningHours(hours, timezone=ZoneInfo(timezone), country=country)
    except opening_hours.UnknownCountryError:  # type: ignore[attr-defined]
        # No calendar is known for the country: public holidays are ordinary days there.
        return OpeningHours(hours, timezone=ZoneInfo(timezone))
