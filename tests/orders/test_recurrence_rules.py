"""The days of a standing order: bounded rules, and the instants of wall times on both clock-change nights."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.orders.rules.recurrence import InvalidRecurrence, instant_of, read_recurrence

START = date(2027, 3, 1)  # a Monday


def days(rule: str, *, until: date = date(2027, 3, 31), after: date | None = None) -> list[int]:
    return [day.day for day in read_recurrence(rule).days(START, after=after, until=until)]


def test_days_weeks_and_months() -> None:
    assert days("FREQ=DAILY;INTERVAL=10") == [1, 11, 21, 31]
    assert days("FREQ=WEEKLY;BYDAY=MO,FR", until=date(2027, 3, 14)) == [1, 5, 8, 12]
    assert days("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU") == [2, 16, 30]
    assert days("FREQ=MONTHLY;BYDAY=-1FR") == [26]
    assert days("FREQ=MONTHLY;BYMONTHDAY=-1,15") == [15, 31]
    assert days("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1") == [31]
    assert days("FREQ=DAILY;COUNT=3") == [1, 2, 3]
    assert days("FREQ=DAILY;COUNT=3", after=date(2027, 3, 2)) == [3]
    assert days("FREQ=DAILY;UNTIL=20270302") == [1, 2]


def test_a_leap_day_is_one() -> None:
    rule = read_recurrence("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29")

    assert list(rule.days(START, after=None, until=date(2029, 1, 1))) == [date(2028, 2, 29)]


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "DAILY",
        "FREQ=HOURLY",
        "FREQ=MINUTELY",
        "FREQ=SECONDLY;COUNT=1",
        "FREQ=YEARLY",
        "FREQ=DAILY;BYHOUR=1,2,3",
        "FREQ=DAILY;BYSECOND=0",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=99999999999999999999",
        "FREQ=DAILY;INTERVAL=1,2",
        "FREQ=DAILY;COUNT=1001",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=2;UNTIL=20270401",
        "FREQ=DAILY;UNTIL=20270401T000000Z",
        "FREQ=DAILY;UNTIL=20270231",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;BYMONTHDAY=1",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;WKST=XX",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYSETPOS=1",
        "FREQ=DAILY;DTSTART=20270101",
        "FREQ=DAILY\nRDATE:20270101",
        "FREQ=DAILY;X=" + "1" * 300,
    ],
)
def test_what_is_more_often_than_daily_or_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(InvalidRecurrence):
        read_recurrence(rule)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=5",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
    ],
)
def test_looking_for_a_day_that_never_comes_ends_soon(rule: str) -> None:
    began = time.process_time()

    assert days(rule, until=date(2029, 1, 1)) == []
    assert time.process_time() - began < 0.5


_parts = st.fixed_dictionaries(
    {"FREQ": st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"])},
    optional={
        "INTERVAL": st.integers(1, 60).map(str),
        "BYDAY": st.lists(st.sampled_from(["MO", "WE", "SU"]), min_size=1, max_size=3).map(",".join),
        "BYMONTH": st.lists(st.integers(1, 12).map(str), min_size=1, max_size=3).map(",".join),
        "COUNT": st.integers(1, 1000).map(str),
    },
)


@settings(max_examples=60)
@given(_parts, st.dates(date(2000, 1, 1), date(2099, 1, 1)), st.integers(0, 200))
def test_days_come_in_order_once_each_and_not_before_they_may(parts: dict[str, str], start: date, later: int) -> None:
    rule = read_recurrence(";".join(f"{name}={value}" for name, value in parts.items()))
    after, until = start + timedelta(days=later), start + timedelta(days=730)

    found = list(rule.days(start, after=after, until=until))

    assert found == sorted(set(found))
    assert all(after < day <= until for day in found)
    assert found == [day for day in rule.days(start, after=None, until=until) if day > after]


NIGHTS = [
    ("America/New_York", "2027-03-14", "02:30", "2027-03-14T07:00Z"),
    ("America/New_York", "2027-11-07", "01:30", "2027-11-07T05:30Z"),
    ("Europe/London", "2027-03-28", "01:30", "2027-03-28T01:00Z"),
    ("Europe/London", "2027-10-31", "01:30", "2027-10-31T00:30Z"),
    ("Australia/Lord_Howe", "2027-04-04", "01:45", "2027-04-03T14:45Z"),
    ("Australia/Lord_Howe", "2027-10-03", "02:15", "2027-10-02T15:30Z"),
    ("Pacific/Chatham", "2027-04-04", "03:15", "2027-04-03T13:30Z"),
    ("Pacific/Chatham", "2027-09-26", "03:15", "2027-09-25T14:00Z"),
    ("Pacific/Apia", "2020-09-27", "03:30", "2020-09-26T14:00Z"),
    ("Pacific/Apia", "2021-04-04", "03:30", "2021-04-03T13:30Z"),
]
"""Each clock-change night: a wall time that it skips or repeats, and the instant meant by it."""


@pytest.mark.parametrize(("zone", "day", "at", "meant"), NIGHTS)
def test_a_skipped_time_is_the_next_and_a_repeated_one_the_first(zone: str, day: str, at: str, meant: str) -> None:
    assert instant_of(date.fromisoformat(day), at, zone) == datetime.fromisoformat(meant).astimezone(UTC)


def test_a_day_that_was_left_out_of_the_calendar_has_no_time() -> None:
    assert instant_of(date(2011, 12, 30), "08:00", "Pacific/Apia") is None
    assert instant_of(date(2011, 12, 31), "08:00", "Pacific/Apia") == datetime(2011, 12, 30, 18, tzinfo=UTC)
