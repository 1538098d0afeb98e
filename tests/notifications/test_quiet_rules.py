"""Quiet hours, as pure calculation: what the clock on the wall reads decides, also in the nights that change it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.notifications.rules.deciding import Drop, Hold, Tell, channels_for, verdict
from service.notifications.rules.quiet import quiet_of
from service.preferences.rules.choices import CHANNELS, DAYS, MOMENTS

MINUTE = timedelta(minutes=1)
EVERY_DAY = list(DAYS)
# Each with a night that skips something and one that repeats it.
ZONES = ("America/New_York", "Australia/Lord_Howe", "Europe/London", "Pacific/Chatham", "UTC")


def said(starts: str, ends: str, zone: str = "UTC", days: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """Return quiet hours, every day unless told otherwise."""
    times = [{"days": days or EVERY_DAY, "from": starts, "until": ends}]
    return {"zone": zone, "times": times, "allow": [], "others": "hold", **more}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_over_midnight_the_morning_is_of_the_day_before() -> None:
    quiet = quiet_of(said("22:00", "07:00", days=["fr"]))  # 6 March 2026 is a Friday

    assert [quiet.is_at(utc(f"2026-03-{at}")) for at in ("06T06:59", "06T22:00", "07T06:59")] == [False, True, True]
    assert not quiet.is_at(utc("2026-03-07T07:00"))
    assert not quiet.is_at(utc("2026-03-07T22:00"))


@pytest.mark.parametrize(
    ("zone", "starts", "ends", "held_at", "out_at"),
    [
        # The hour from 02:00 is skipped: quiet until 02:30 ends where the clock jumps to 03:00.
        ("America/New_York", "22:00", "02:30", "2026-03-08T06:59:30", "2026-03-08T07:00:00"),
        # Quiet that would begin in it begins right after it.
        ("America/New_York", "02:30", "07:00", "2026-03-08T07:00:00", "2026-03-08T11:00:00"),
        # The hour from 01:00 is repeated: 01:30 comes twice, and after each it isn't quiet.
        ("America/New_York", "22:00", "01:30", "2026-11-01T05:29:59", "2026-11-01T05:30:00"),
        ("America/New_York", "22:00", "01:30", "2026-11-01T06:00:00", "2026-11-01T06:30:00"),
        ("America/New_York", "01:30", "07:00", "2026-11-01T05:30:00", "2026-11-01T06:00:00"),
        ("America/New_York", "22:00", "07:00", "2026-11-01T04:30:00", "2026-11-01T12:00:00"),
        # Half an hour is skipped, and repeated.
        ("Australia/Lord_Howe", "22:00", "02:15", "2026-10-03T15:29:00", "2026-10-03T15:30:00"),
        ("Australia/Lord_Howe", "22:00", "01:45", "2026-04-04T14:44:00", "2026-04-04T14:45:00"),
        ("Australia/Lord_Howe", "22:00", "01:45", "2026-04-04T15:00:00", "2026-04-04T15:15:00"),
        ("Australia/Lord_Howe", "22:00", "07:00", "2026-04-04T14:45:00", "2026-04-04T20:30:00"),
    ],
)
def test_in_the_nights_that_change_the_clock_the_wall_decides(
    zone: str, starts: str, ends: str, held_at: str, out_at: str
) -> None:
    quiet = quiet_of(said(starts, ends, zone))

    assert quiet.is_at(utc(held_at))
    assert quiet.ends_after(utc(held_at)) == utc(out_at)


def test_quiet_that_never_ends_holds_nothing() -> None:
    for_ever = said("00:00", "12:00") | {
        "times": [
            {"days": EVERY_DAY, "from": "00:00", "until": "12:00"},
            {"days": EVERY_DAY, "from": "12:00", "until": "00:00"},
        ]
    }
    told = {"moments": [{"moment": "ready", "channels": ["mail"]}]}
    now = utc("2026-03-02T10:00")

    assert quiet_of(for_ever).ends_after(now) is None
    assert verdict(told, for_ever, moment="ready", channel="mail", now=now, lasts=MINUTE) == Drop()


WALLS = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
TIMES = st.builds(
    lambda days, starts, ends: {"days": sorted(days), "from": starts, "until": ends},
    st.sets(st.sampled_from(DAYS), min_size=1),
    WALLS,
    WALLS,
).filter(lambda times: times["from"] != times["until"])
QUIET = st.fixed_dictionaries(
    {
        "zone": st.sampled_from(ZONES),
        "times": st.lists(TIMES, min_size=1, max_size=3),
        "allow": st.lists(st.sampled_from(MOMENTS), unique=True, max_size=3),
        "others": st.sampled_from(("hold", "drop")),
    }
)
CHANGES = ("2026-03-08T06:00", "2026-11-01T05:00", "2026-04-04T14:30", "2026-10-03T15:00", "2026-09-26T13:30")
INSTANTS = st.builds(
    lambda day, seconds: utc(day) + timedelta(seconds=seconds),
    st.sampled_from(CHANGES),
    st.integers(-3 * 86_400, 3 * 86_400),
)


def reads_quiet(value: dict[str, Any], at: datetime) -> bool:
    """The oracle: read the clock on the wall, and what was said, in their own words."""
    wall = at.astimezone(ZoneInfo(value["zone"]))
    today, yesterday, clock = DAYS[wall.weekday()], DAYS[wall.weekday() - 1], wall.strftime("%H:%M")
    for times in value["times"]:
        starts, ends = times["from"], times["until"]
        if starts < ends:
            if today in times["days"] and starts <= clock < ends:
                return True
        elif (today in times["days"] and clock >= starts) or (yesterday in times["days"] and clock < ends):
            return True
    return False


@settings(max_examples=50)
@given(value=QUIET, now=INSTANTS, moment=st.sampled_from(MOMENTS), others=st.booleans())
def test_nothing_leaves_in_quiet_time_unless_allowed_and_the_held_leave_at_its_very_end(
    value: dict[str, Any], now: datetime, moment: str, others: bool
) -> None:
    told = {"moments": [{"moment": moment, "channels": ["push"]}]}
    lasts = timedelta(hours=2)

    found = verdict(told, value, moment=moment, channel="push", now=now, lasts=lasts)

    if moment in value["allow"]:
        assert found == Tell(now + lasts)
    elif not reads_quiet(value, now):
        assert isinstance(found, Tell)
        arriving = int((found.until - now) / MINUTE)
        assert found.until <= now + lasts
        assert not any(reads_quiet(value, now + n * MINUTE) for n in range(arriving))
    elif value["others"] == "drop":
        assert found == Drop()
    else:
        assert_held_until_the_first_instant_that_is_not_quiet(value, now, found)


def assert_held_until_the_first_instant_that_is_not_quiet(value: dict[str, Any], now: datetime, found: object) -> None:
    minute = now.replace(second=0)
    first = next((minute + n * MINUTE for n in range(8 * 24 * 60) if not reads_quiet(value, minute + n * MINUTE)), None)
    assert found == (Hold(first) if first is not None else Drop())


@given(
    moments=st.lists(st.sampled_from(MOMENTS), unique=True, min_size=1),
    channel=st.sampled_from(CHANNELS),
    moment=st.sampled_from(MOMENTS),
)
@settings(max_examples=30)
def test_only_what_was_said_is_told(moments: list[str], channel: str, moment: str) -> None:
    said = {"moments": [{"moment": each, "channels": [channel]} for each in moments]}

    assert channels_for(said, moment) == ((channel,) if moment in moments else ())
    assert channels_for(None, moment) == ()
