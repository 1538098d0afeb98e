"""rules.hours: opening hours as instants, on both clock-change nights and far from Greenwich."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.stores.rules.hours import InvalidHours, check_exception, check_hours, instant, openings

NEW_YORK, LONDON = "America/New_York", "Europe/London"
LORD_HOWE, CHATHAM = "Australia/Lord_Howe", "Pacific/Chatham"  # a half-hour change; 12:45 and 13:45 ahead of UTC


def spans(
    hours: str, zone: str, day: date, *, exceptions: dict[date, str] | None = None, country: str = "US"
) -> list[tuple[str, str]]:
    """Return what begins on a local day, as local times with their offsets."""
    begins = instant(datetime.combine(day, time()), ZoneInfo(zone))
    found = openings(
        hours, exceptions or {}, timezone=zone, country=country, since=begins, until=begins + timedelta(hours=30)
    )
    local = [(o.opens_at.astimezone(ZoneInfo(zone)), o.closes_at) for o in found]
    return [
        (opens.strftime("%d %H:%M%z"), closes.astimezone(ZoneInfo(zone)).strftime("%d %H:%M%z") if closes else "")
        for opens, closes in local
        if opens.date() == day
    ]


@pytest.mark.parametrize(
    ("zone", "day", "hours", "expected"),
    [
        # Spring: 02:00 → 03:00 on 8 March; what is skipped means the jump.
        (NEW_YORK, date(2026, 3, 8), "01:30-06:00", [("08 01:30-0500", "08 06:00-0400")]),
        (NEW_YORK, date(2026, 3, 8), "02:30-06:00", [("08 03:00-0400", "08 06:00-0400")]),
        (NEW_YORK, date(2026, 3, 8), "00:00-02:30", [("08 00:00-0500", "08 03:00-0400")]),
        (NEW_YORK, date(2026, 3, 8), "02:15-02:45", []),
        (NEW_YORK, date(2026, 3, 7), "22:00-05:00", [("07 22:00-0500", "08 05:00-0400")]),
        # Autumn: 02:00 → 01:00 on 1 November; what comes twice means its first coming.
        (NEW_YORK, date(2026, 11, 1), "01:30-06:00", [("01 01:30-0400", "01 06:00-0500")]),
        (NEW_YORK, date(2026, 11, 1), "00:00-01:30", [("01 00:00-0400", "01 01:30-0400")]),
        (NEW_YORK, date(2026, 10, 31), "22:00-05:00", [("31 22:00-0400", "01 05:00-0500")]),
        (LONDON, date(2026, 3, 29), "01:30-06:00", [("29 02:00+0100", "29 06:00+0100")]),
        (LONDON, date(2026, 10, 25), "01:30-06:00", [("25 01:30+0100", "25 06:00+0000")]),
        (LONDON, date(2026, 10, 24), "23:00-01:15", [("24 23:00+0100", "25 01:15+0100")]),
        (LORD_HOWE, date(2026, 10, 4), "02:10-06:00", [("04 02:30+1100", "04 06:00+1100")]),
        (LORD_HOWE, date(2026, 4, 5), "01:40-06:00", [("05 01:40+1100", "05 06:00+1030")]),
        (CHATHAM, date(2026, 9, 27), "02:50-06:00", [("27 03:45+1345", "27 06:00+1345")]),
        (CHATHAM, date(2026, 4, 5), "03:00-06:00", [("05 03:00+1345", "05 06:00+1245")]),
        (CHATHAM, date(2026, 1, 15), "18:00-02:00", [("15 18:00+1345", "16 02:00+1345")]),
    ],
)
def test_edges_on_the_nights_when_the_clocks_change(
    zone: str, day: date, hours: str, expected: list[tuple[str, str]]
) -> None:
    assert spans(hours, zone, day) == expected


def test_a_day_that_a_country_skipped_has_no_opening() -> None:
    # Samoa went from 29 to 31 December 2011.
    assert spans("08:00-12:00", "Pacific/Apia", date(2011, 12, 30)) == []


def test_public_holidays_are_those_of_the_country() -> None:
    hours = "08:00-18:00; PH off"
    independence_day = date(2025, 7, 4)

    assert spans(hours, NEW_YORK, independence_day, country="US") == []
    assert spans(hours, LONDON, independence_day, country="GB") == [("04 08:00+0100", "04 18:00+0100")]


def test_a_country_without_a_calendar_has_no_holidays() -> None:
    assert spans("08:00-18:00; PH off", "America/Aruba", date(2026, 12, 25), country="AW") != []


def test_a_dated_exception_is_the_whole_day_and_may_open_on_a_holiday() -> None:
    christmas, hours = date(2026, 12, 25), "18:00-03:00; PH off"

    assert spans(hours, NEW_YORK, christmas, exceptions={christmas: "09:00-12:00"}) == [
        ("25 09:00-0500", "25 12:00-0500")
    ]
    assert spans(hours, NEW_YORK, date(2026, 12, 24), exceptions={christmas: "off"}) == [
        ("24 18:00-0500", "25 00:00-0500")
    ]
    assert spans("24/7", NEW_YORK, christmas, exceptions={christmas: "off"}) == []


def test_comments_do_not_cut_an_opening_in_two_and_unknown_is_closed() -> None:
    assert spans('08:00-12:00 "lobby", 12:00-15:00 "window"', NEW_YORK, date(2026, 3, 2)) == [
        ("02 08:00-0500", "02 15:00-0500")
    ]
    assert spans("08:00-12:00 unknown", NEW_YORK, date(2026, 3, 2)) == []


@pytest.mark.parametrize(
    "hours", ["", " ", "24/24", "Mo-Fr", "06:00+", "sunrise-12:00", "\x00", "06:00-", '"', "x" * 2000]
)
def test_text_that_is_no_hours_is_invalid(hours: str) -> None:
    if hours == "Mo-Fr":  # whole days: valid
        assert check_hours(hours) == hours
        return
    with pytest.raises(InvalidHours):
        check_hours(hours)


@pytest.mark.parametrize("hours", ["08:00-12:00,14:00-18:00", "off", "24/7", "20:00-26:00", " off "])
def test_one_dates_hours(hours: str) -> None:
    assert check_exception(hours) == hours.strip()


@given(st.text(max_size=60))
def test_any_text_is_either_valid_or_invalid(text: str) -> None:
    with suppress(InvalidHours):
        check_hours(text)


zones = st.sampled_from([NEW_YORK, LONDON, LORD_HOWE, CHATHAM, "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia"])
walls = st.datetimes(datetime.combine(date(2011, 1, 1), time()), datetime.combine(date(2035, 1, 1), time()))


@given(zones, walls, st.integers(0, 20_000))
def test_edges_never_change_their_order(zone: str, wall: datetime, later_seconds: int) -> None:
    there = ZoneInfo(zone)

    assert instant(wall, there) <= instant(wall + timedelta(seconds=later_seconds), there)


@given(zones, walls)
def test_a_wall_time_that_exists_is_shown_by_the_clock_at_its_instant(zone: str, wall: datetime) -> None:
    at = instant(wall, ZoneInfo(zone))
    shown = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    exists = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall
    assert (shown == wall) if exists else (shown > wall)
